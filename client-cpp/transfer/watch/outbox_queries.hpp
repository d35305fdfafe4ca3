#pragma once

#include <array>
#include <cstddef>

#include "transfer/watch/outbox_rows.hpp"

namespace sesame::transfer::watch {

enum OutboxRows::Query : std::size_t {
  // Files that wait.
  Waiting,
  Changed,
  KeptChanging,
  Postpone,
  Failed,
  Forget,
  Due,
  Page,
  FailedPage,
  NextDue,
  // Files that are sent.
  Sent,
  AddSent,
  ForgetArrived,
  StillWaits,
  NoteSent,
  NoteReceipt,
  ForgetSent,
  SentPage,
  LastReceipt,
  CountAfter,
  StayAfter,
  ForgetAfter,
  SetLastReceipt,
  // Files that are to be removed.
  Leave,
  DueToLeave,
  LeavingPage,
  Held,
  Unleased,
  NoteUnleased,
  Stays,
  NextToLeave,
  // What is watched, and how it stands.
  WasMount,
  SetMount,
  ForgetWatched,
  AddWatched,
  ParkOthers,
  ParkOthersLeaving,
  ParkBelow,
  ParkLeavingBelow,
  UnparkBelow,
  UnparkLeavingBelow,
  Totals,
  Oldest,
  NewestFailure,
  CountLeaving,
  CountParked,
  ParkedExample,
  State,
  SetFault,
  BringForward,
  BringLeavingForward,
  BeginState,
  QueryCount,
};

#define WAITING_COLUMNS                                                                         \
  "id, path, source, size, mtime, ctime, inode, since, due, version, failures, changes, code, " \
  "reason"
#define LEAVING_COLUMNS "l.path, l.source, s.size, s.mtime, s.ctime, s.inode, l.looks, l.is_quiet"
#define PARKED "9223372036854775807"
// Of the paths below a root, '0' being what comes after '/'.
#define BETWEEN(root) \
  "path >= CAST(" root " || '/' AS BLOB) AND path < CAST(" root " || '0' AS BLOB)"
#define IS_BELOW BETWEEN("?1")
#define IS_WATCHED "EXISTS (SELECT 1 FROM watched w WHERE " BETWEEN("w.root") ")"

/// In the order of OutboxRows::Query.
inline constexpr std::array outbox_queries{
    "SELECT " WAITING_COLUMNS " FROM waiting WHERE path = ?",
    "INSERT INTO waiting (path, source, size, mtime, ctime, inode, since, due, not_before)"
    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, MAX(?8, ?9), ?9) ON CONFLICT (path) DO UPDATE SET"
    " source = ?2, size = ?3, mtime = ?4, ctime = ?5, inode = ?6, due = MAX(?8, not_before),"
    " version = version + 1, failures = 0, failed_at = NULL, code = '', reason = ''",
    "UPDATE waiting SET due = ?2, not_before = ?2, changes = changes + 1 WHERE path = ?1",
    "UPDATE waiting SET due = ?2 WHERE path = ?1",
    "UPDATE waiting SET failures = failures + 1, failed_at = ?5, code = ?3, reason = ?4, due = ?6"
    " WHERE path = ?1 AND version = ?2",
    "DELETE FROM waiting WHERE path = ?",
    "SELECT " WAITING_COLUMNS
    " FROM waiting WHERE due <= ?1 AND (due, id) > (?2, ?3) ORDER BY due, id LIMIT ?4",
    "SELECT " WAITING_COLUMNS " FROM waiting WHERE id > ?1 ORDER BY id LIMIT ?2",
    "SELECT " WAITING_COLUMNS
    " FROM waiting WHERE failed_at IS NOT NULL AND id > ?1 ORDER BY id LIMIT ?2",
    "SELECT MIN(due) FROM waiting WHERE due > ? AND due < " PARKED,

    "SELECT size, mtime, ctime, inode, at FROM sent WHERE path = ?",
    "INSERT OR REPLACE INTO sent (path, size, mtime, ctime, inode, seq, at)"
    " VALUES (?, ?, ?, ?, ?, ?, ?)",
    "DELETE FROM waiting WHERE path = ? AND version = ?",
    "UPDATE waiting SET due = MAX(due, ?2), not_before = ?2, changes = 0 WHERE path = ?1",
    "UPDATE state SET last_sent = ?",
    "UPDATE state SET last_seq = ?1, last_receipt = ?2 WHERE last_seq < ?1",
    "DELETE FROM sent WHERE path = ?",
    "SELECT path FROM sent WHERE path > ?1 ORDER BY path LIMIT ?2",
    "SELECT last_seq, last_receipt FROM state",
    "SELECT COUNT(*) FROM sent WHERE seq > ?",
    "DELETE FROM leaving WHERE path IN (SELECT path FROM sent WHERE seq > ?)",
    "DELETE FROM sent WHERE seq > ?",
    "UPDATE state SET last_seq = ?1, last_receipt = ?2",

    "INSERT OR IGNORE INTO leaving (path, source, due) VALUES (?, ?, ?)",
    "SELECT " LEAVING_COLUMNS
    " FROM leaving l JOIN sent s ON s.path = l.path WHERE l.due <= ?1 ORDER BY l.due LIMIT ?2",
    "SELECT " LEAVING_COLUMNS
    " FROM leaving l JOIN sent s ON s.path = l.path WHERE l.path > ?1 ORDER BY l.path LIMIT ?2",
    "UPDATE leaving SET looks = looks + 1, due = ?2 WHERE path = ?1",
    "UPDATE leaving SET is_quiet = 1, due = ?2 WHERE path = ?1",
    "UPDATE state SET unleased = ?",
    "DELETE FROM leaving WHERE path = ?",
    "SELECT MIN(due) FROM leaving WHERE due < " PARKED,

    "SELECT is_mount FROM roots WHERE source = ?",
    "INSERT OR REPLACE INTO roots (source, is_mount) VALUES (?, ?)",
    "DELETE FROM watched",
    "INSERT OR IGNORE INTO watched (root) VALUES (?)",
    "UPDATE waiting SET due = " PARKED " WHERE NOT " IS_WATCHED,
    "UPDATE leaving SET due = " PARKED " WHERE NOT " IS_WATCHED,
    "UPDATE waiting SET due = " PARKED " WHERE " IS_BELOW,
    "UPDATE leaving SET due = " PARKED " WHERE " IS_BELOW,
    "UPDATE waiting SET due = ?2 WHERE due = " PARKED " AND " IS_BELOW,
    "UPDATE leaving SET due = ?2 WHERE due = " PARKED " AND " IS_BELOW,
    "SELECT files, bytes, failed FROM state",
    "SELECT since FROM waiting ORDER BY id LIMIT 1",
    "SELECT reason FROM waiting WHERE failed_at IS NOT NULL ORDER BY failed_at DESC LIMIT 1",
    "SELECT COUNT(*) FROM leaving",
    "SELECT COUNT(*) FROM waiting WHERE due = " PARKED,
    "SELECT source FROM waiting WHERE due = " PARKED " LIMIT 1",
    "SELECT last_sent, next_attempt, fault_code, fault, unleased FROM state",
    "UPDATE state SET next_attempt = NULLIF(?1, 0), fault_code = ?2, fault = ?3",
    "UPDATE waiting SET due = MIN(due, ?1), not_before = MIN(not_before, ?1)"
    " WHERE due < " PARKED " AND (due > ?1 OR not_before > ?1)",
    "UPDATE leaving SET due = MIN(due, ?1), is_quiet = 0 WHERE due < " PARKED
    " AND (due > ?1 OR is_quiet)",
    "UPDATE state SET unleased = '', next_attempt = NULL, fault_code = '', fault = ''",
};

#undef WAITING_COLUMNS
#undef LEAVING_COLUMNS
#undef PARKED
#undef BETWEEN
#undef IS_BELOW
#undef IS_WATCHED

/// Four columns, from that one on.
[[nodiscard]] inline FileFacts facts_in(const SqlStatement& row, int column) {
  return {static_cast<std::uint64_t>(row.number(column)), row.number(column + 1),
          row.number(column + 2), static_cast<std::uint64_t>(row.number(column + 3))};
}

}  // namespace sesame::transfer::watch
