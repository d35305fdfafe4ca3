// A process that stores and deletes files, several at once, and says what it begins and what it was told is done, until
// it is killed.
import { randomInt } from 'node:crypto';
import { CLIENT } from '../contract/journals.ts';
import { V4Engine } from '../support/v4-engine.ts';

const [, , folder = '', round = ''] = process.argv;
const engine = await V4Engine.open(folder);

let contents = 0;

/** One path, over and over. */
async function work(path: string): Promise<never> {
  for (;;) {
    contents += 1;
    const content = `${round}-${contents}`;
    const way = randomInt(3) === 0 ? 'upload' : 'put';
    process.stdout.write(`begin ${path} ${content}\n`);
    await engine[way](path, content);
    process.stdout.write(`done ${path} ${content}\n`);
    // Long enough, now and then, for the journal to be emptied.
    if (randomInt(30) === 0) await new Promise((resolve) => setTimeout(resolve, randomInt(1500)));
    if (randomInt(3) === 0) continue;
    process.stdout.write(`begin ${path} -\n`);
    await engine.stored.remove(CLIENT, path);
    process.stdout.write(`done ${path} -\n`);
  }
}

await Promise.all(['a', 'b', 'd/a', 'd/b'].map(work));
