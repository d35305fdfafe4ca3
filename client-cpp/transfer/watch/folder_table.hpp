#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace sesame::transfer::watch {

/// Which watch of the kernel belongs to which folder: all that is kept in memory of a tree.
class FolderTable {
 public:
  struct Folder {
    std::size_t root;   // its number
    std::string below;  // the way from the root, without a slash at its ends; empty for the root
  };

  /// A watch that is there already has moved.
  void put(int watch, std::size_t root, std::string_view below) {
    folders_.insert_or_assign(watch, Folder{root, std::string(below)});
  }

  [[nodiscard]] const Folder* find(int watch) const {
    const auto found = folders_.find(watch);
    return found == folders_.end() ? nullptr : &found->second;
  }

  void erase(int watch) { folders_.erase(watch); }

  /// Forgets a folder with all below it, and gives their watches.
  std::vector<int> take(std::size_t root, std::string_view below) {
    std::vector<int> taken;
    const std::string start = below.empty() ? std::string() : std::string(below) + "/";
    std::erase_if(folders_, [&](const auto& entry) {
      const auto& [watch, folder] = entry;
      const bool is_in =
          folder.root == root && (folder.below == below || folder.below.starts_with(start));
      if (is_in) taken.push_back(watch);
      return is_in;
    });
    return taken;
  }

  [[nodiscard]] std::size_t size() const { return folders_.size(); }

 private:
  std::unordered_map<int, Folder> folders_;
};

}  // namespace sesame::transfer::watch
