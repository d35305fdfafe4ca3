#include <sys/stat.h>

#include "transfer/watch/sent_removal.hpp"
#include "transfer/watch/watcher.hpp"

namespace sesame::transfer::watch {
namespace fs = std::filesystem;
namespace {

using namespace std::chrono_literals;

constexpr std::size_t removed_a_turn = 256;
constexpr std::size_t leaving_a_page = 500;
/// How long a file that no lease is to be had on must have looked the same.
constexpr Moment unleased_quiet = 1min;

}  // namespace

/// What a crash left aside has its name back before anything is looked at.
Status Watcher::sweep_aside() {
  std::string after;
  while (true) {
    const auto page =
        outbox_.read([&](OutboxRows& rows) { return rows.leaving_page(after, leaving_a_page); });
    if (!page) return page.error();
    if (page->empty()) return {};
    after = page->back().path;
    for (const LeavingFile& file : *page) {
      struct stat status {};
      const fs::path aside = aside_of(file.source);
      if (::lstat(aside.c_str(), &status) == 0) back_again(aside);
    }
  }
}

void Watcher::left_aside(const fs::path& source) {
  back_again(source);
}

void Watcher::back_again(const fs::path& aside) {
  const auto back = put_back(aside);
  if (!back) {
    if (back.error().code != ErrorCode::NotFound) listener_.not_found_out(aside, back.error());
    return;
  }
  if (aside_of(*back) != aside) listener_.kept_aside(aside, *back);
  if (const auto path = tree_.path_of(*back)) note(*back, *path);
}

Status Watcher::remove_sent_files(Moment now) {
  if (!options_.removes) return {};
  auto files =
      outbox_.read([&](OutboxRows& rows) { return rows.due_to_leave(now, removed_a_turn); });
  if (!files) return files.error();
  if (files->empty()) return {};
  more_is_due_ = more_is_due_ || files->size() == removed_a_turn;
  return outbox_.together([&](OutboxRows& rows) -> Status {
    for (const LeavingFile& file : *files) {
      if (const auto one = remove_one(rows, file, now); !one) return one;
    }
    return {};
  });
}

Status Watcher::remove_one(OutboxRows& rows, const LeavingFile& file, Moment now) {
  SentRemoval removal(file.source, file.facts, file.is_quiet);
  const auto what = removal.run();
  if (removal.kept_as()) listener_.kept_aside(file.source, *removal.kept_as());
  if (!what) {
    ++failures_;
    listener_.not_removed(file.source, what.error());
    return rows.held(file.path, now + file_delay(file.looks + 1, what.error().code));
  }
  switch (*what) {
    case Removal::Held: return rows.held(file.path, now + held_delay(file.looks + 1));
    case Removal::Unleased:
      if (!std::exchange(has_said_no_leases_, true)) listener_.no_leases(file.source);
      return rows.unleased(file, now + unleased_quiet);
    case Removal::Changed: note(file.source, file.path); return rows.stays(file.path);
    case Removal::Removed: listener_.removed(file.source); break;
    case Removal::Gone:
      // With a disk that is away, it is not gone for good.
      if (!tree_.has_root_of(file.path)) return rows.held(file.path, parked);
      break;
  }
  if (const auto left = rows.stays(file.path); !left) return left;
  return rows.forget_sent(file.path);
}

}  // namespace sesame::transfer::watch
