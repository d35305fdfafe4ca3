#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include <string.h>

namespace sesame {

/// Overwrites what it frees, so that keys do not stay behind in memory that somebody else gets.
template <typename T>
struct CleansingAllocator {
  using value_type = T;

  CleansingAllocator() = default;
  template <typename U>
  CleansingAllocator(const CleansingAllocator<U>&) {}

  T* allocate(std::size_t count) { return std::allocator<T>().allocate(count); }
  void deallocate(T* memory, std::size_t count) {
    explicit_bzero(memory, count * sizeof(T));
    std::allocator<T>().deallocate(memory, count);
  }

  template <typename U>
  bool operator==(const CleansingAllocator<U>&) const {
    return true;
  }
};

/// A vector, not a string: a short std::string lives inside its own object, past any allocator.
using SecretBytes = std::vector<std::byte, CleansingAllocator<std::byte>>;
using SecretText = std::vector<char, CleansingAllocator<char>>;

}  // namespace sesame
