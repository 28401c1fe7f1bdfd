/*
 * judge.h - which causes do the facts of a case point to, and what follows
 *
 * Each cause declares what makes it certain, likely or possible, what speaks
 * against it, what lowers it and what excludes it.  The verdict is the best
 * finding: after a pass only what comes after attestation, or the pass
 * itself; otherwise the highest confidence, then the order of the gates, that
 * is the order in which causes stand in the knowledge.  Never a sum.
 */
#ifndef CS_JUDGE_H
#define CS_JUDGE_H

#include "case/case.h"

struct cs_judgement {
	cabscan_verdict verdict;
	cabscan_finding *findings;      /* the verdict's first */
	size_t n_findings;
	cabscan_why_not *why_not;
	size_t n_why_not;
	cabscan_step *steps;
	size_t n_steps;
};

/* False: out of memory (the scan's arena is full). */
bool cs_judge(struct cs_case *c, struct cs_judgement *ret);

/* steps.c */
bool cs_judge_steps(struct cs_case *c, const struct cs_cause *cause,
                    struct cs_judgement *j);

#endif
