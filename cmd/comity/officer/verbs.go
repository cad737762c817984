package officer

import (
	"fmt"
	"path/filepath"
	"strings"

	"comity"
	"comity/request"
	"comity/shell"
	"comity/thread"
	"comity/typed"
)

// verbs are the statements that a person can make in a matter, by what they type.
var verbs = map[string]verb{
	"acknowledge": acknowledge, "ask": ask, "supplement": supplement, "accept": accept, "answer": answer, "refuse": refuse,
	"extend": extend, "close": end, "countersign": countersign, "conditions.propose": conditions, "conditions.counter": conditions,
}

// statement finds a statement of the matter by the beginning of its id; with
// none, the last one that pick wants.
func (s *saying) statement(id string, pick func(thread.Row) bool) (comity.Hash, error) {
	var found []comity.Hash
	for _, r := range s.view.Timeline {
		switch {
		case id != "" && strings.HasPrefix(r.ID.String(), id):
			found = append(found, r.ID)
		case id == "" && pick(r):
			found = []comity.Hash{r.ID}
		}
	}
	switch {
	case len(found) == 1:
		return found[0], nil
	case id == "":
		return comity.Hash{}, comity.Errorf(comity.NotFound, "there is nothing in %s to %s", s.view.Ref, s.fs.Name())
	}
	return comity.Hash{}, comity.Fieldf("of", "%q names %d statements of %s; comity show %s lists them", comity.Clip(id), len(found), s.view.Ref, s.view.Ref)
}

func acknowledge(s *saying) func() (any, error) {
	of := s.fs.String("of", "", "the statement (default: the peer's last)")
	reference := s.fs.String("reference", "", "our own file number")
	return func() (any, error) {
		id, err := s.statement(*of, func(r thread.Row) bool { return r.From != s.me && !fact(r.Kind) })
		return &thread.Acknowledge{Statement: id, Reference: *reference}, err
	}
}

func fact(kind comity.Kind) bool {
	return shell.Kinds().Fact(kind)
}

func ask(s *saying) func() (any, error) {
	field := s.fs.String("field", "", "the member of the request that is unclear, such as order.items[0].from")
	text := s.fs.String("text", "", "the question")
	rule := s.fs.String("rule", "", "the guideline it rests on, such as C11")
	return func() (any, error) {
		return &request.Ask{Questions: []request.Question{{Field: *field, Rule: *rule, Text: *text}}}, nil
	}
}

func supplement(s *saying) func() (any, error) {
	field := s.fs.String("field", "", "the member of the request, such as order.items[0].from")
	text := s.fs.String("text", "", "what was missing")
	return func() (any, error) {
		return &request.Supplement{Replies: []request.Reply{{Field: *field, Text: *text}}}, nil
	}
}

func accept(s *saying) func() (any, error) {
	reference := s.fs.String("reference", "", "our own file number")
	emergency := s.fs.String("emergency", "", "of a P0, whether there is one: justified or not_shown")
	expected := s.fs.String("expected", "", "when an answer is likely, such as 2026-11-25T12:00:00Z")
	return func() (any, error) {
		b := &request.Accept{Reference: *reference, Emergency: *emergency}
		if *expected == "" {
			return b, nil
		}
		var err error
		b.Expected, err = typed.Moment("expected", *expected)
		return b, err
	}
}

func answer(s *saying) func() (any, error) {
	partial := s.fs.Bool("partial", false, "more will follow")
	final := s.fs.Bool("final", false, "nothing more is owed (the rule)")
	item := s.fs.String("item", "", "items' ids, separated by commas, with --result")
	result := s.fs.String("result", "", "preserved provided done held no_record not_ours gone impossible refused")
	until := s.fs.String("until", "", "of a preserved item: how long it is held")
	reference := s.fs.String("reference", "", "the provider's reference")
	use := s.fs.String("use", "lead_only", "lead_only investigation evidence")
	ground := s.fs.String("ground", "", "of a refused item")
	why := s.fs.String("why", "", "of an impossible item: no_data wrong_identifier too_broad expired wrong_provider law_conflict technical other")
	value := s.fs.String("value", "", "a short result, without a file")
	amount := s.fs.Int("amount", 0, "of held money, in minor units")
	currency := s.fs.String("currency", "", "of held money, such as USD")
	certificate := s.fs.String("certificate", "", "none business_record authenticity chain_of_custody")
	emergency := s.fs.String("emergency", "", "of a P0, whether there is one: justified or not_shown")
	text := s.fs.String("text", "", "a remark")
	attach := s.fs.String("attach", "", "files to attach, separated by commas")
	return func() (any, error) {
		if *partial && *final {
			return nil, shell.Usagef("answer: it is either --partial or --final")
		}
		if *partial {
			s.kind = "answer.partial"
		}
		for _, name := range strings.Split(*attach, ",") {
			if name = strings.TrimSpace(name); name != "" {
				s.files = append(s.files, name)
			}
		}
		b := &request.Answer{Text: *text, Emergency: *emergency}
		for _, id := range typed.Split(*item) {
			r := request.Result{Item: id, Result: *result, Reference: *reference, Use: *use, Ground: *ground,
				Reason: *why, Value: *value, Amount: *amount, Currency: *currency, Certificate: *certificate}
			if *result == request.Provided {
				for _, f := range s.files {
					r.Files = append(r.Files, filepath.Base(f))
				}
			}
			if *until != "" {
				var err error
				r.HoldFrom = comity.At(s.Now())
				if r.HoldUntil, err = typed.Moment("until", *until); err != nil {
					return nil, err
				}
			}
			b.Results = append(b.Results, r)
		}
		return b, nil
	}
}

func refuse(s *saying) func() (any, error) {
	b := &request.Refuse{}
	s.fs.StringVar(&b.Ground, "ground", "", "one of the basis' grounds, such as essential_interests")
	s.fs.StringVar(&b.Reasons, "reason", "", "the reasons")
	s.fs.BoolVar(&b.NoFurtherReasons, "no-further-reasons", false, "none can be given")
	s.fs.StringVar(&b.Consultation.State, "consultation", "", "asked, held or waived")
	s.fs.StringVar(&b.Consultation.Reason, "waived-because", "", "if waived, why")
	s.fs.StringVar(&b.Emergency, "emergency", "", "of a P0, whether there is one: justified or not_shown")
	return func() (any, error) { return b, nil }
}

// extend is the asker's word about the hold, or the asked side's about its
// deadline: which, the reference tells.
func extend(s *saying) func() (any, error) {
	until := s.fs.String("until", "", "the new end, such as 2027-02-20")
	reason := s.fs.String("reason", "", "why")
	return func() (any, error) {
		s.kind = "extend.deadline"
		if s.view.Opener == s.me {
			s.kind = "extend.hold"
		}
		t, err := typed.Moment("until", *until)
		if err != nil {
			return nil, err
		}
		if s.view.Opener == s.me {
			return &request.ExtendHold{Until: t, Reason: *reason}, nil
		}
		return &request.ExtendDeadline{Until: t, Reason: *reason}, nil
	}
}

func end(s *saying) func() (any, error) {
	b := &request.Close{}
	s.fs.StringVar(&b.Complete, "complete", "unknown", "was it complete? yes partly no unknown")
	s.fs.StringVar(&b.Usable, "usable", "unknown", "could its form be used? yes partly no unknown")
	s.fs.StringVar(&b.InTime, "in-time", "unknown", "did it come in time? yes partly no unknown")
	s.fs.StringVar(&b.Used, "used", "unknown", "was it used? yes partly no unknown")
	s.fs.StringVar(&b.Text, "text", "", "a remark")
	return func() (any, error) { return b, nil }
}

func countersign(s *saying) func() (any, error) {
	of := s.fs.String("of", "", "the sole release (default: our last)")
	outcome := s.fs.String("outcome", "upheld", "upheld or withdrawn")
	reason := s.fs.String("reason", "", "if withdrawn, why")
	return func() (any, error) {
		id, err := s.statement(*of, func(r thread.Row) bool { return r.From == s.me && r.Class == comity.Sole })
		return &thread.Countersign{Statement: id, Outcome: *outcome, Reason: *reason}, err
	}
}

// conditions reads conditions as KIND, KIND=UNTIL or KIND:TEXT, each one flag.
func conditions(s *saying) func() (any, error) {
	b := &request.ConditionsPropose{}
	text := s.fs.String("text", "", "a remark")
	s.fs.Func("condition", "KIND, KIND=UNTIL or KIND:TEXT; may stand several times", func(v string) error {
		c := request.Condition{ID: fmt.Sprintf("c%d", len(b.Conditions)+1)}
		c.Kind = v
		switch i := strings.IndexAny(v, "=:"); { // a time has colons of its own
		case i >= 0 && v[i] == ':':
			c.Kind, c.Text = v[:i], v[i+1:]
		case i >= 0:
			t, err := typed.Moment("condition", v[i+1:])
			if err != nil {
				return err
			}
			c.Kind, c.By = v[:i], t
		}
		b.Conditions = append(b.Conditions, c)
		return nil
	})
	return func() (any, error) {
		b.Text = *text
		return b, nil
	}
}
