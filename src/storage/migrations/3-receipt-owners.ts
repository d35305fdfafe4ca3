/** Receipts of clients whose name has another key since. */
export const RECEIPT_OWNERS = `
  -- Whose chain the receipt is in, where the client's name has got a new key since: the revoked client that had it.
  ALTER TABLE files ADD COLUMN receipt_of INTEGER REFERENCES clients (row);
  `;
