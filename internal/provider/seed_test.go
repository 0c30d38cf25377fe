package provider_test

import (
	"context"
	"testing"

	"caravan/internal/testkit"
)

// The catalogue is agreed with the outside by its codes: this is the whole of
// it, with what each asks for. t: two trips, i: implant card, m: asked again
// after 24 months.
func TestCatalogueHoldsThe65ProceduresAndTheirDuties(t *testing.T) {
	want := map[string]string{
		"den.implant.single": "ti", "den.implant.allon4": "ti", "den.implant.allon6": "ti", "den.bonegraft_sinus": "t", "den.crown": "",
		"den.veneer": "", "den.bridge": "", "den.rootcanal": "", "den.denture": "", "den.aligner": "",
		"hai.fue": "", "hai.dhi": "", "hai.fut": "", "hai.beard_brow": "",
		"cof.rhino.primary": "", "cof.rhino.revision": "", "cof.septorhino": "", "cof.facelift_neck": "", "cof.bleph": "", "cof.otoplasty": "",
		"cof.browlift": "", "cof.chin_implant": "i",
		"cob.breast_aug": "im", "cob.breast_lift": "", "cob.breast_reduction": "", "cob.implant_removal_exchange": "i", "cob.gynecomastia": "",
		"cob.lipo": "", "cob.abdominoplasty": "", "cob.bbl": "", "cob.arm_thigh_lift": "", "cob.bodylift_postweightloss": "",
		"bar.sleeve": "m", "bar.rygb": "m", "bar.oagb": "m", "bar.balloon": "", "bar.revision": "m",
		"oph.lasik": "", "oph.smile": "", "oph.prk": "", "oph.icl": "i", "oph.cataract": "i", "oph.lens_exchange": "i",
		"ort.hip": "im", "ort.knee": "im", "ort.acl": "", "ort.shoulder": "", "ort.disc": "", "ort.fusion": "i", "ort.limb_lengthening": "",
		"fer.ivf_own": "", "fer.ivf_donor": "", "fer.fet": "", "fer.egg_freeze": "", "fer.pgt": "",
		"car.cabg": "", "car.valve": "i", "car.pci": "i", "car.ablation": "",
		"onc.second_opinion": "", "onc.surgery": "", "onc.chemo_radiation": "",
		"gen.hernia": "i", "gen.gallbladder": "", "gen.hysterectomy_fibroid": "",
	}
	if len(want) != 65 {
		t.Fatalf("the list of this test has %d procedures", len(want))
	}
	d := testkit.DB(t)
	rows, err := d.Pool().Query(context.Background(), `
		SELECT p.code, CASE WHEN two_trips THEN 't' ELSE '' END || CASE WHEN implant_card THEN 'i' ELSE '' END || CASE WHEN month24 THEN 'm' ELSE '' END,
			upper(left(p.code, 3)) = s.code,
			(SELECT count(DISTINCT lang) FROM procedure_names n WHERE n.procedure_id = p.id AND n.position = 1),
			(SELECT count(*) FROM procedure_names n WHERE n.procedure_id = p.id AND n.lang = 'en')
		FROM procedures p JOIN specialties s ON s.id = p.specialty_id`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	seen := 0
	for rows.Next() {
		var code, duties string
		var home bool
		var langs, english int
		if err := rows.Scan(&code, &duties, &home, &langs, &english); err != nil {
			t.Fatal(err)
		}
		seen++
		w, ok := want[code]
		if !ok || w != duties {
			t.Errorf("%s: duties %q, want %q (known: %v)", code, duties, w, ok)
		}
		if !home {
			t.Errorf("%s stands in another specialty than its code says", code)
		}
		if langs != 5 || english < 2 {
			t.Errorf("%s has names in %d languages and %d in English: want 5, and at least one synonym", code, langs, english)
		}
	}
	if rows.Err() != nil || seen != 65 {
		t.Errorf("%d procedures, %v; want 65", seen, rows.Err())
	}
}
