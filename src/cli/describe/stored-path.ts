import { Argument } from 'commander';

/** An argument that names a file or folder among those that the server has stored. */
export class StoredPath extends Argument {}
