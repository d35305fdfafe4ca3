// A process that stores files, small and large, and says which it was told are durable, until it is killed.
import { createHash, randomInt } from 'node:crypto';
import { JournalUser, smallFile } from './journals.ts';

const [, , folder = '', round = ''] = process.argv;
const user = await JournalUser.open(folder);
await user.replay();
await user.finishIntents();

let files = 0;

/** New content for one of a few paths: those below `v/` keep their versions. */
function aFile(policy: 'replace' | 'version'): { path: string; content: string } {
  files += 1;
  const path = `${policy === 'version' ? 'v' : 'r'}/${randomInt(4)}/${randomInt(8)}`;
  return { path, content: `${round}-${files}-`.repeat(randomInt(1, 400)) };
}

function say(path: string, content: string): void {
  process.stdout.write(`${path} ${createHash('sha256').update(content).digest('hex')}\n`);
}

async function storeSmall(policy: 'replace' | 'version'): Promise<void> {
  const batch = Array.from({ length: randomInt(1, 30) }, () => aFile(policy));
  const placements = await user.commit(
    batch.map(({ path, content }) => smallFile(path, content)),
    policy,
  );
  for (const { path, content } of batch) say(path, content);
  void user.journal.place(placements);
}

async function storeLarge(policy: 'replace' | 'version'): Promise<void> {
  const { path, content } = aFile(policy);
  await user.journal.settled('alice', path);
  const intended = await user.intend(path, content, policy);
  await user.files.uploads.publish(intended);
  await user.database.uploads.commitIntents([intended.row], 1000);
  say(path, content);
}

for (let batch = 0; ; batch++) {
  const policy = batch % 2 === 0 ? 'version' : 'replace';
  if (batch % 5 === 4) await storeLarge(policy);
  else await storeSmall(policy);
  // Long enough for the journal to be emptied.
  if (batch % 40 === 39) await new Promise((resolve) => setTimeout(resolve, 1500));
}
