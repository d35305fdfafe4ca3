import { createRequire } from 'node:module';
import type { AST, parseTOML } from 'toml-eslint-parser';
import { errnoOf, messageOf } from '../base/errors.ts';
import type { Position } from './fault.ts';

/** Names of tables and keys, and indices of lists, from the outside in. */
export type TomlPath = readonly (string | number)[];

/** A table without a prototype: whatever its keys are called, they are just keys. */
export type TomlTable = Readonly<Record<string, unknown>>;

export interface TomlFault {
  readonly position: Position;
  readonly message: string;
}

/** A line that cannot be read is left out and the rest is read, so often at most. */
const MOST_FAULTS = 20;

/** Loaded with the first file: a server that has none does without its memory. */
function parser(): { readonly parseTOML: typeof parseTOML } {
  return createRequire(import.meta.url)('toml-eslint-parser') as { readonly parseTOML: typeof parseTOML };
}

/** A TOML file with the places of all that stands in it. */
export class TomlDocument {
  readonly values: TomlTable;
  /** What could not be read, and is left out of the values. */
  readonly faults: readonly TomlFault[];
  readonly #keys: ReadonlyMap<string, Position>;
  readonly #values: ReadonlyMap<string, Position>;

  private constructor(walk: Walk, faults: readonly TomlFault[]) {
    this.values = walk.root;
    this.#keys = walk.keys;
    this.#values = walk.places;
    this.faults = faults;
  }

  static parse(text: string): TomlDocument {
    const { program, faults } = parseAll(text);
    const walk = new Walk();
    if (program) walk.program(program);
    return new TomlDocument(walk, faults);
  }

  /** Where the key stands, or what is nearest around it. */
  keyAt(path: TomlPath): Position | undefined {
    return this.#find(this.#keys, path);
  }

  /** Where the value stands, or what is nearest around it. */
  valueAt(path: TomlPath): Position | undefined {
    return this.#find(this.#values, path) ?? this.keyAt(path);
  }

  #find(places: ReadonlyMap<string, Position>, path: TomlPath): Position | undefined {
    for (let length = path.length; length > 0; length--) {
      const place = places.get(nameOf(path.slice(0, length)));
      if (place) return place;
    }
    return undefined;
  }
}

/** The parser stops at the first fault: that line is blanked, and what is behind it is looked at, too. */
function parseAll(text: string): {
  readonly program?: AST.TOMLProgram;
  readonly faults: readonly TomlFault[];
} {
  const { parseTOML } = parser();
  const lines = text.split('\n');
  const faults: TomlFault[] = [];
  while (faults.length < MOST_FAULTS) {
    try {
      return { program: parseTOML(lines.join('\n')), faults };
    } catch (error) {
      const fault = faultOf(error);
      const { line } = fault.position;
      // A text or a list that does not end makes nonsense of all that follows it.
      const isConsequence =
        lines
          .slice(faults.at(-1)?.position.line ?? line, line - 1)
          .join('')
          .trim() === '';
      if (faults.length > 0 && isConsequence && !isDuplicate(error)) return { faults };
      faults.push(fault);
      lines[line - 1] = '';
    }
  }
  return { faults };
}

/** As the parser throws it: lines from 1, columns from 0. */
function faultOf(error: unknown): TomlFault {
  const { lineNumber, column } = error as { readonly lineNumber?: unknown; readonly column?: unknown };
  if (typeof lineNumber !== 'number' || typeof column !== 'number') throw error;
  const message = isDuplicate(error)
    ? 'this is set a second time; keep one of the two'
    : `no TOML: ${messageOf(error)}`;
  return { position: { line: lineNumber, column: column + 1 }, message };
}

function isDuplicate(error: unknown): boolean {
  return errnoOf(error) === undefined && messageOf(error).includes('multiple times');
}

function nameOf(path: TomlPath): string {
  return JSON.stringify(path);
}

type Table = Record<string, unknown>;

/** Makes values out of the syntax tree, and notes where each stands. */
class Walk {
  readonly root: Table = newTable();
  readonly keys = new Map<string, Position>();
  readonly places = new Map<string, Position>();

  program({ body: [top] }: AST.TOMLProgram): void {
    for (const node of top.body) {
      if (node.type === 'TOMLKeyValue') {
        this.#keyValue(this.root, [], node);
        continue;
      }
      const table = this.#tableAt(this.root, [], node.resolvedKey, node.key);
      for (const inner of node.body) this.#keyValue(table, node.resolvedKey, inner);
    }
  }

  #keyValue(table: Table, around: TomlPath, { key, value }: AST.TOMLKeyValue): void {
    const names = key.keys.map((part) => (part.type === 'TOMLBare' ? part.name : part.value));
    const last = names.at(-1) ?? '';
    const inner = this.#tableAt(table, around, names.slice(0, -1), key);
    const path = [...around, ...names];
    this.#note(this.keys, path, key);
    inner[last] = this.#value(path, value);
  }

  /** The table below another; made where it is not there yet. */
  #tableAt(table: Table, around: TomlPath, below: TomlPath, node: AST.TOMLNode): Table {
    let current: Table | unknown[] = table;
    for (const [index, name] of below.entries()) {
      const next = below[index + 1];
      const slots = current as Record<string | number, unknown>;
      slots[name] ??= typeof next === 'number' ? [] : newTable();
      current = slots[name] as Table | unknown[];
      this.#note(this.keys, [...around, ...below.slice(0, index + 1)], node);
    }
    return current as Table;
  }

  #value(path: TomlPath, node: AST.TOMLContentNode): unknown {
    this.#note(this.places, path, node);
    switch (node.type) {
      case 'TOMLArray':
        return node.elements.map((element, index) => this.#value([...path, index], element));
      case 'TOMLInlineTable': {
        const table = newTable();
        for (const inner of node.body) this.#keyValue(table, path, inner);
        return table;
      }
      case 'TOMLValue':
        return node.value;
    }
  }

  /** The first mention counts. */
  #note(places: Map<string, Position>, path: TomlPath, { loc: { start } }: AST.TOMLNode): void {
    const name = nameOf(path);
    if (!places.has(name)) places.set(name, { line: start.line, column: start.column + 1 });
  }
}

function newTable(): Table {
  return Object.create(null) as Table;
}
