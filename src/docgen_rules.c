/*
 * docgen_rules.c - the state diagram and the rule table of doc/failover.md,
 * drawn from core/rules.c: what is printed is what is decided.
 */
#include "docgen_rules.h"

#include "core/rules.h"

enum { DOCGEN_PHASES = (1 << PHASE_COUNT) - 1 };

static bool
docgen_leads(const struct rule *rule, int from, int to)
{
	return (int)rule->next == to && from != to &&
	    (rule->in & UINT32_C(1) << from) != 0;
}

/* One arrow a pair of phases, with all rules that go that way. */
static void
docgen_arrow(int from, int to, struct text *out)
{
	const char *separator = "";

	for (unsigned i = 0; i < rules_n; i++) {
		if (!docgen_leads(&rules[i], from, to))
			continue;
		if (separator[0] == '\0')
			text_addf(out, "\t%s -> %s [label=\"",
			    phase_names[from], phase_names[to]);
		text_addf(out, "%s%s", separator, rules[i].name);
		separator = "\\n";
	}
	if (separator[0] != '\0')
		text_add(out, "\"];\n");
}

void
docgen_print_diagram(struct text *out)
{
	text_add(out,
	    "```dot\n"
	    "digraph failover {\n"
	    "\tnode [shape=box, fontname=monospace];\n"
	    "\tedge [fontname=monospace, fontsize=10];\n"
	    "\tstart [shape=point];\n"
	    "\tstart -> LEARN;\n"
	    "\tSTEADY [penwidth=2];\n"
	    "\tLOST [style=dashed];\n");
	for (int from = 0; from < PHASE_COUNT; from++)
		for (int to = 0; to < PHASE_COUNT; to++)
			docgen_arrow(from, to, out);
	text_add(out, "}\n```\n");
}

static void
docgen_phases(const struct rule *rule, struct text *out)
{
	if ((rule->in & DOCGEN_PHASES) == DOCGEN_PHASES) {
		text_add(out, "any");
		return;
	}
	for (int i = 0; i < PHASE_COUNT; i++)
		if ((rule->in & UINT32_C(1) << i) != 0)
			text_addf(out, "%s ", phase_names[i]);
}

static void
docgen_facts(uint64_t bits, const char *before, struct text *out)
{
	for (int i = 0; i < FACT_COUNT; i++)
		if ((bits & UINT64_C(1) << i) != 0)
			text_addf(out, "%s%s ", before, fact_names[i]);
}

static void
docgen_effects(const struct rule *rule, struct text *out)
{
	for (int i = 0; i < EFFECT_COUNT; i++)
		if ((rule->then & UINT32_C(1) << i) != 0)
			text_addf(out, "%s ", effect_names[i]);
}

static void
docgen_rule(const struct rule *rule, struct text *out)
{
	text_addf(out, "| %s | ", rule->name);
	docgen_phases(rule, out);
	text_add(out, " | ");
	docgen_facts(rule->when, "", out);
	docgen_facts(rule->unless, "not ", out);
	text_add(out, " | ");
	docgen_effects(rule, out);
	text_addf(out, " | %s | %s |\n",
	    rule->next < PHASE_COUNT ? phase_names[rule->next] : "",
	    rule->why != NULL ? rule->why : "");
}

void
docgen_print_rules(struct text *out)
{
	text_add(out,
	    "| rule | in | when | does | then | and says |\n"
	    "|---|---|---|---|---|---|\n");
	for (unsigned i = 0; i < rules_n; i++)
		docgen_rule(&rules[i], out);
}

void
docgen_print_facts(struct text *out)
{
	text_add(out, "| fact | is true when |\n|---|---|\n");
	for (int i = 0; i < FACT_COUNT; i++)
		text_addf(out, "| %s | %s |\n", fact_names[i], fact_texts[i]);
}
