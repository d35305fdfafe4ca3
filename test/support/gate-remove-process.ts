// `sesamed gate remove`, without the rest of the program.
import { removeRules } from '../../src/gate/remove-rules.ts';

console.log(JSON.stringify(await removeRules()));
