#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace sesame::transfer {

/// A pattern for paths, as rsync has them.
///
/// `*` stands for any characters but `/`, `**` for any, `?` for one but `/`, `[a-z]` and `[!a-z]`
/// for one of a set; `\` takes the meaning from the next character. A pattern without `/` is held
/// against the last name of a path, one with `/` against its last names, and one that begins with
/// `/` against the whole of it. One that ends with `/` is for folders alone.
///
/// Takes time proportional to the lengths of pattern and path, whatever they are.
class PathPattern {
 public:
  /// Fails with Malformed when a set has no end.
  static Result<PathPattern> parse(std::string_view text);

  [[nodiscard]] bool matches(std::string_view path, bool is_folder) const;

 private:
  struct Token {
    enum class Kind { Char, AnyChar, Set, Star, DoubleStar };
    Kind kind;
    char32_t value = 0;          // of a Char
    bool inverted = false;       // of a Set
    std::u32string ranges = {};  // of a Set: pairs of first and last
  };

  static Result<Token> parse_set(std::string_view& rest);
  static bool takes(const Token& token, char32_t c);
  [[nodiscard]] bool matches_whole(std::string_view path) const;

  std::vector<Token> tokens_;
  bool anchored_ = false;
  bool has_slash_ = false;
  bool folders_only_ = false;
};

/// --exclude and --include in the order in which they were given: the first that matches decides,
/// and what none matches is in.
class PathFilter {
 public:
  enum class Verdict { Include, Exclude };

  /// Fails with Malformed.
  Status add(Verdict verdict, std::string_view pattern);

  [[nodiscard]] bool excludes(std::string_view path, bool is_folder) const;

 private:
  struct Rule {
    Verdict verdict;
    PathPattern pattern;
  };

  std::vector<Rule> rules_;
};

}  // namespace sesame::transfer
