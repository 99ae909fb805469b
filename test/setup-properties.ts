import fc from 'fast-check';

/**
 * One seed for every property, so that a run says something about the change and not about luck. `HEDDLE_SEED=any` looks
 * for new counterexamples (what it finds becomes an `examples` entry beside the property); a number repeats such a run.
 */
const asked = process.env['HEDDLE_SEED'];
if (asked === undefined) fc.configureGlobal({ seed: 20_260_101 });
else if (asked !== 'any') fc.configureGlobal({ seed: Number(asked) });
