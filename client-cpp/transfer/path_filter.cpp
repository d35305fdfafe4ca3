#include "transfer/path_filter.hpp"

#include <algorithm>
#include <utility>

#include "base/display.hpp"
#include "base/utf8.hpp"

namespace sesame::transfer {
namespace {

/// Takes a character off the front. A byte that is not UTF-8 is one of its own, unlike any other.
char32_t take_char(std::string_view& rest) {
  constexpr char32_t no_character = 0xDC00;
  const auto next = first_char(rest);
  const char32_t value =
      next ? next->value : no_character + static_cast<unsigned char>(rest.front());
  rest.remove_prefix(next ? next->length : 1);
  return value;
}

}  // namespace

Result<PathPattern::Token> PathPattern::parse_set(std::string_view& rest) {
  Token set{.kind = Token::Kind::Set};
  const auto next = [&rest] {
    if (rest.size() > 1 && rest.front() == '\\') rest.remove_prefix(1);
    return take_char(rest);
  };
  if (rest.starts_with('!') || rest.starts_with('^')) {
    set.inverted = true;
    rest.remove_prefix(1);
  }
  // A bracket that comes first is one of the set.
  for (bool first = true; !rest.empty() && (first || rest.front() != ']'); first = false) {
    const char32_t from = next();
    char32_t to = from;
    if (rest.size() > 1 && rest.front() == '-' && rest[1] != ']') {
      rest.remove_prefix(1);
      to = next();
    }
    set.ranges += from;
    set.ranges += to;
  }
  if (rest.empty()) return Error{ErrorCode::Malformed, "a '[' has no ']'"};
  rest.remove_prefix(1);
  return set;
}

Result<PathPattern> PathPattern::parse(std::string_view text) {
  PathPattern pattern;
  std::string_view rest = text;
  if (rest.empty()) return Error{ErrorCode::Malformed, "the pattern is empty"};
  pattern.anchored_ = rest.starts_with('/');
  if (pattern.anchored_) rest.remove_prefix(1);
  pattern.folders_only_ = rest.ends_with('/');
  if (pattern.folders_only_) rest.remove_suffix(1);

  while (!rest.empty()) {
    const char32_t c = take_char(rest);
    if (c == U'*') {
      const bool twice = rest.starts_with('*');
      while (rest.starts_with('*'))
        rest.remove_prefix(1);
      pattern.tokens_.push_back({.kind = twice ? Token::Kind::DoubleStar : Token::Kind::Star});
      pattern.has_slash_ = pattern.has_slash_ || twice;
    } else if (c == U'?') {
      pattern.tokens_.push_back({.kind = Token::Kind::AnyChar});
    } else if (c == U'[') {
      auto set = parse_set(rest);
      if (!set) return Error{set.error().code, "'" + escaped(text) + "': " + set.error().message};
      pattern.tokens_.push_back(*std::move(set));
    } else {
      const bool quotes = c == U'\\' && !rest.empty();
      const char32_t value = quotes ? take_char(rest) : c;
      pattern.tokens_.push_back({.kind = Token::Kind::Char, .value = value});
      pattern.has_slash_ = pattern.has_slash_ || value == U'/';
    }
  }
  return pattern;
}

bool PathPattern::takes(const Token& token, char32_t c) {
  switch (token.kind) {
    case Token::Kind::Char: return c == token.value;
    case Token::Kind::DoubleStar: return true;
    case Token::Kind::Star:
    case Token::Kind::AnyChar: return c != U'/';
    case Token::Kind::Set: break;
  }
  if (c == U'/') return false;
  bool in_set = false;
  for (std::size_t i = 0; i + 1 < token.ranges.size(); i += 2) {
    in_set = in_set || (token.ranges[i] <= c && c <= token.ranges[i + 1]);
  }
  return in_set != token.inverted;
}

/// Follows all ways through the pattern at once: `reached[i]` says that its first i tokens can have
/// taken what was read so far. No pattern makes that slow.
bool PathPattern::matches_whole(std::string_view path) const {
  const auto is_star = [this](std::size_t i) {
    return tokens_[i].kind == Token::Kind::Star || tokens_[i].kind == Token::Kind::DoubleStar;
  };
  std::vector<char> reached(tokens_.size() + 1, 0);
  reached[0] = 1;
  const auto skip_stars = [&] {
    for (std::size_t i = 0; i < tokens_.size(); ++i) {
      if (reached[i] != 0 && is_star(i)) reached[i + 1] = 1;
    }
  };
  skip_stars();
  std::vector<char> next(reached.size());
  while (!path.empty()) {
    const char32_t c = take_char(path);
    std::ranges::fill(next, 0);
    for (std::size_t i = 0; i < tokens_.size(); ++i) {
      if (reached[i] == 0 || !takes(tokens_[i], c)) continue;
      next[is_star(i) ? i : i + 1] = 1;
    }
    std::swap(reached, next);
    skip_stars();
  }
  return reached.back() != 0;
}

bool PathPattern::matches(std::string_view path, bool is_folder) const {
  if (folders_only_ && !is_folder) return false;
  if (anchored_) return matches_whole(path);
  if (!has_slash_) return matches_whole(path.substr(path.rfind('/') + 1));
  for (std::size_t begin = 0;;) {
    if (matches_whole(path.substr(begin))) return true;
    const auto slash = path.find('/', begin);
    if (slash == std::string_view::npos) return false;
    begin = slash + 1;
  }
}

Status PathFilter::add(Verdict verdict, std::string_view pattern) {
  auto parsed = PathPattern::parse(pattern);
  if (!parsed) return parsed.error();
  rules_.push_back({verdict, *std::move(parsed)});
  return {};
}

bool PathFilter::excludes(std::string_view path, bool is_folder) const {
  for (const Rule& rule : rules_) {
    if (rule.pattern.matches(path, is_folder)) return rule.verdict == Verdict::Exclude;
  }
  return false;
}

}  // namespace sesame::transfer
