#pragma once

#include <cstdint>
#include <map>

namespace sesame::transfer {

/// A set of numbers that come mostly one after the other: as small as it has gaps.
class NumberSet {
 public:
  /// False when it was in already.
  bool insert(std::uint64_t number) {
    auto after = ranges_.upper_bound(number);
    if (after != ranges_.begin()) {
      const auto before = std::prev(after);
      if (number < before->second) return false;
      if (number == before->second) {
        ++before->second;
        if (after != ranges_.end() && after->first == before->second) {
          before->second = after->second;
          ranges_.erase(after);
        }
        return true;
      }
    }
    if (after != ranges_.end() && after->first == number + 1) {
      const auto end = after->second;
      ranges_.erase(after);
      ranges_.emplace(number, end);
    } else {
      ranges_.emplace(number, number + 1);
    }
    return true;
  }

 private:
  std::map<std::uint64_t, std::uint64_t> ranges_;  // first, and one behind the last
};

}  // namespace sesame::transfer
