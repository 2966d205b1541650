package main

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/assize-dev/assize/policies"
	"github.com/assize-dev/assize/policy"
)

// legalDate is a date of the calendar as seen from a day.
type legalDate struct {
	policy.LegalDate
	Days int `json:"days"` // until it; negative once it is past
}

func (a *app) calendar() *cobra.Command {
	cmd := &cobra.Command{
		Use: "calendar", GroupID: "rules", Args: exactly(),
		Short: "List the dates at which law changes, with the rules that carry them",
		Long: `List the dates at which law changes, with where each was read and the rules that carry
it, from today on. What a date does to a decision is asked with assize gate --at DATE.`,
		Example: "  assize calendar\n  assize calendar --all --output json",
	}
	all := cmd.Flags().Bool("all", false, "those that are past, too")
	from := cmd.Flags().String("as-of", "", "the day to count from, such as 2027-12-01 (default today)")
	addOutput(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		today := a.now().UTC()
		if *from != "" {
			var err error
			if today, err = time.Parse(time.DateOnly, *from); err != nil {
				return usage("--as-of %q: want a day such as 2027-12-01", *from)
			}
		}
		dates, err := builtinCalendar()
		if err != nil {
			return err
		}
		out := []legalDate{}
		for _, d := range dates {
			days := int(d.At().Sub(today.Truncate(24*time.Hour)).Hours() / 24)
			if days >= 0 || *all {
				out = append(out, legalDate{d, days})
			}
		}
		return a.emit(cmd, out, func(w io.Writer) error { return calendarText(w, out) })
	}
	return cmd
}

// builtinCalendar is the calendar of the built-in rule book.
func builtinCalendar() ([]policy.LegalDate, error) {
	text, err := policies.FS.ReadFile("calendar.yaml")
	if err != nil {
		return nil, fmt.Errorf("read calendar: %w", err)
	}
	return policy.ParseCalendar(text)
}

func calendarText(w io.Writer, dates []legalDate) error {
	if len(dates) == 0 {
		_, err := fmt.Fprintln(w, "no date of law lies ahead; --all lists those that are past")
		return err
	}
	rows := [][]string{{"DATE", "IN", "WHAT", "PROVISION", "RULES"}}
	for _, d := range dates {
		in := "past"
		if d.Days == 0 {
			in = "today"
		} else if d.Days > 0 {
			in = count(d.Days, "day", "days")
		}
		rows = append(rows, []string{d.Date, in, strings.TrimSpace(d.What), d.Provision, list(d.Rules, "-")})
	}
	return table(w, rows)
}
