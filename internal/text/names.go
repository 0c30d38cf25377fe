package text

import (
	"math/rand/v2"
	"strings"
	"unicode"
)

// Suggest returns a pseudonym of two English words, such as "Quiet Heron". It
// says nothing about anybody's body, colour, health or origin. There are more
// than 16,000 of them; the caller asks again if one is taken.
func Suggest(r *rand.Rand) string {
	return qualities[r.IntN(len(qualities))] + " " + things[r.IntN(len(things))]
}

// LooksLikeName reports whether a handle may be somebody's real name: two or
// three words with capitals that begin with a common first name. It is a reason
// to warn, not to refuse: nobody knows all names, and many names are words.
func LooksLikeName(handle string) bool {
	words := handleWords(handle)
	if len(words) < 2 || len(words) > 3 {
		return false
	}
	for _, w := range words {
		first := []rune(w)[0]
		if !unicode.IsLetter(first) || unicode.IsLower(first) {
			return false
		}
	}
	return firstNames[strings.ToLower(words[0])]
}

var firstNames = func() map[string]bool {
	m := map[string]bool{}
	for name := range strings.FieldsSeq(commonFirstNames) {
		m[strings.ToLower(name)] = true
	}
	return m
}()

var (
	qualities = strings.Fields(`
		Able Airy Alert Ample Apt Artful August Autumn Balmy Blithe Bold Brave Breezy Bright Brisk Calm Candid
		Careful Cheerful Clear Clever Coastal Cordial Cosy Curious Dapper Daring Dawning Dewy Diligent Distant
		Eager Early Earnest Easy Evening Fabled Fair Faithful Fearless Fleet Fond Free Fresh Friendly Frosty
		Gentle Genial Glad Gleaming Graceful Grand Hardy Hearty Honest Hopeful Humble Inland Jolly Jovial Keen
		Kind Level Lively Loyal Lucid Lucky Mellow Merry Mild Mindful Misty Modest Morning Mossy Neat Nimble
		Noble Northern Open Orchard Peaceful Polar Polite Prairie Quick Quiet Radiant Rapid Ready Restful
		Roaming Rustic Sandy Serene Sincere Snowy Southern Spring Steady Still Sunlit Sunny Swift Tidal Tidy
		Tranquil Trusty Upland Velvet Verdant Vivid Wandering Warm Western Windy Winter Witty Woodland Zesty`)
	things = strings.Fields(`
		Acorn Alder Anchor Apple Arbor Arrow Aspen Aster Atlas Badge Bay Beacon Beech Birch Bluebell Brook Canoe
		Canyon Cedar Cello Cherry Cliff Cloud Clover Comet Compass Cove Crane Creek Cricket Crocus Cypress Dahlia
		Daisy Delta Dolphin Dove Drum Dune Egret Elm Ember Falcon Fern Field Finch Fiddle Fjord Flute Forest
		Fountain Garden Glade Glen Granite Grove Gull Harbor Harp Hazel Heather Heron Hill Holly Horizon Iris Island
		Ivy Jasmine Juniper Kestrel Kite Lagoon Lake Lantern Lark Laurel Lavender Lemon Lighthouse Lily Linden
		Linnet Lotus Maple Marigold Marten Meadow Mesa Mint Moon Mulberry Myrtle Nightingale Oak Oasis Ocean Olive
		Orchid Oriole Osprey Otter Owl Pebble Pelican Petrel Pine Plover Plum Poplar Poppy Puffin Quail Quartz Quill
		Raven Reef Ridge River Robin Rowan Saffron Sail Seal Sequoia Shore Sky Sparrow Spruce Star Starling Stone
		Stork Stream Sunrise Swallow Swan Teal Tern Thistle Thrush Thyme Tulip Valley Violet Walnut Willow Wren`)
)

// commonFirstNames are first names that are frequent where the site's languages
// are spoken. None of them is one of the qualities above, so that no suggestion
// draws the warning.
const commonFirstNames = `
	Aaron Abdullah Adam Ahmed Aisha Alan Albert Alejandro Alex Alexander Alexandra Alexey Ali Alice Amanda Amina
	Amy Ana Anastasia Andrea Andrew Andrey Angela Anna Anne Anton Antonio Asma Ayse Barbara Ben Benjamin Brian
	Carlos Carmen Carol Caroline Catherine Chantal Charles Charlotte Chen Chris Christian Christina Christine
	Christopher Claire Claudia Daniel Daniela David Deborah Dennis Diana Diego Dmitry Donald Dorothy Ekaterina
	Elena Elif Elizabeth Emily Emine Emma Eric Eva Fatima Fatma Felix Fernando Francesca Francisco Francois
	Frank Fred George Giovanni Giulia Gregory Hannah Hans Hasan Hassan Heather Helen Henry Ibrahim Igor Irina
	Isabel Ivan Jack Jacob Jacques James Jan Jane Jason Javier Jean Jeff Jennifer Jessica Joan Joao Johannes
	John Jonathan Jose Joseph Joshua Juan Julia Julie Karen Karim Karl Kate Katharina Katherine Kathleen Keith
	Kelly Kenneth Kevin Khaled Klaus Larry Laura Layla Leila Linda Lisa Louis Lucas Lucia Luis Luisa Mahmoud
	Manuel Marco Margaret Maria Marie Mario Mark Markus Martha Martin Mary Matthew Mehmet Melissa Michael Michel
	Miguel Mohamed Mohammed Monika Murat Mustafa Nadia Nancy Natalia Nicholas Nicole Nina Noor Oleg Olga Oliver
	Olivier Omar Pablo Pamela Patricia Patrick Paul Paula Pedro Peter Philip Pierre Rachel Ralph Raymond Rebecca
	Richard Robert Roberto Ronald Rosa Ruth Ryan Sabine Salma Sandra Sara Sarah Scott Sean Sergey Sergio Sharon
	Simon Sofia Sophie Stefan Stephanie Stephen Steven Susan Susanne Svetlana Tatiana Thomas Timothy Ursula
	Vladimir Walter Wei William Wolfgang Yasmin Yousef Yulia Yusuf Zeynep
	محمد أحمد علي حسن حسين عمر يوسف إبراهيم خالد فاطمة مريم عائشة سارة ليلى زينب نور
	Александр Алексей Анна Андрей Дмитрий Екатерина Елена Иван Ирина Мария Наталья Ольга Сергей Татьяна Владимир
	Юлия`
