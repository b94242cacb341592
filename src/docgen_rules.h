/*
 * docgen_rules.h - parts of doc/failover.md that come from core/.
 */
#ifndef REGENT_DOCGEN_RULES_H
#define REGENT_DOCGEN_RULES_H

#include "base/text.h"

/* Graphviz: phases, and the rules that lead from one to another. */
void docgen_print_diagram(struct text *out);

/* Markdown tables: one line a rule, one line a fact. */
void docgen_print_rules(struct text *out);
void docgen_print_facts(struct text *out);

#endif
