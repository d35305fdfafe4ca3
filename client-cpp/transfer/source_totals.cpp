#include "transfer/source_totals.hpp"

#include <utility>

#include <sys/stat.h>

namespace sesame::transfer {
namespace {

/// Whoever sends the files says what is wrong with them.
class Silent : public WalkObserver {
 public:
  void skipped(const std::filesystem::path&, const std::string&) override {}
  void failed(const std::filesystem::path&, const Error&) override {}
};

}  // namespace

SourceTotals::SourceTotals(WalkOptions options, std::vector<SourceRoot> roots)
    : thread_(&SourceTotals::count, this, std::move(options), std::move(roots)) {}

SourceTotals::~SourceTotals() {
  stopped_ = true;
  thread_.join();
}

void SourceTotals::count(WalkOptions options, std::vector<SourceRoot> root_list) {
  RootVector roots(std::move(root_list));
  Silent observer;
  SourceWalk walk(std::move(options), roots, observer);
  while (!stopped_) {
    const auto item = walk.next();
    if (!item) {
      complete_ = true;
      return;
    }
    struct stat status {};
    if (item->kind != v4::PutItem::Kind::File || ::lstat(item->source.c_str(), &status) != 0) {
      continue;
    }
    ++files_;
    bytes_ += static_cast<std::uint64_t>(status.st_size);
  }
}

}  // namespace sesame::transfer
