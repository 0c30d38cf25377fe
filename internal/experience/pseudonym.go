package experience

import (
	"math/rand/v2"
	"strings"
)

// Pseudonym returns a name of two words, a colour or a mood and an animal or a
// plant, such as "Amber Wren". It is made for one experience and says nothing
// about the account: accounts are named from other lists.
func Pseudonym(r *rand.Rand) string {
	return moods[r.IntN(len(moods))] + " " + beings[r.IntN(len(beings))]
}

var (
	moods = strings.Fields(`
		Amber Azure Beige Bronze Cerulean Cobalt Copper Coral Cream Crimson Emerald Golden Grey Hazel
		Indigo Jade Khaki Lilac Maroon Mauve Ochre Olive Opal Orange Pearl Pewter Pink Plum Purple Russet
		Rusty Saffron Sapphire Scarlet Sepia Silver Tawny Teal Topaz Turquoise Umber Violet
		Amused Attentive Blissful Bubbly Chatty Content Dreamy Drowsy Elated Festive Giddy Gracious Grateful
		Impish Inquisitive Joyful Lighthearted Musing Patient Pensive Placid Playful Pondering Quizzical Relaxed
		Relieved Reserved Resolute Rested Singing Sleepy Smiling Soothed Spirited Thoughtful Unhurried Upbeat
		Wakeful Watchful Whimsical Whistling Yawning`)
	beings = strings.Fields(`
		Albatross Alpaca Antelope Badger Barbet Beaver Beetle Bison Bittern Bunting Buzzard Capybara Caribou
		Chamois Chickadee Chough Condor Cormorant Curlew Deer Dormouse Dotterel Dragonfly Duck Dunlin Eider
		Elk Ermine Fieldfare Flamingo Fox Gannet Gazelle Gecko Goldfinch Goose Grebe Grouse Guillemot Hare
		Hedgehog Hoopoe Ibex Ibis Jackdaw Kakapo Kingfisher Kiwi Koala Kookaburra Lapwing Lemur Lizard Llama
		Lynx Macaw Magpie Mallard Manatee Marmot Moose Narwhal Newt Nightjar Ocelot Okapi Ouzel
		Panda Partridge Peacock Penguin Pheasant Pika Pintail Pipit Pipistrelle Quokka Rail Redstart Reindeer
		Rook Sanderling Sandpiper Shearwater Shelduck Shrike Skylark Snipe Spoonbill Squirrel Stoat Tanager Tapir
		Toucan Turaco Turnstone Turtle Vole Wagtail Warbler Waxwing Wheatear Whimbrel Wigeon Wombat Woodcock
		Acacia Agave Almond Anemone Apricot Azalea Balsam Bamboo Baobab Begonia Bergamot Blackthorn
		Bracken Bramble Buckthorn Camellia Campion Caraway Carnation Catkin Celandine Chestnut Chicory Cinnamon
		Columbine Comfrey Coriander Cornflower Cowslip Cyclamen Dandelion Edelweiss Fennel Foxglove Freesia
		Fuchsia Gardenia Gentian Geranium Ginger Gorse Harebell Hawthorn Hibiscus Honeysuckle Hornbeam Hyacinth
		Hydrangea Larch Larkspur Lupin Magnolia Mallow Mango Marjoram Mimosa Mistletoe Narcissus Oleander Papyrus
		Peony Periwinkle Persimmon Petunia Pistachio Primrose Quince Sage Sorrel Speedwell Sunflower
		Sycamore Tamarind Tansy Teasel Valerian Verbena Vetch Wisteria Yarrow Yew`)
)
