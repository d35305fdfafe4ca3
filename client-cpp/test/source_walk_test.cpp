#include "transfer/source_walk.hpp"

#include <algorithm>
#include <map>

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "temporary_folder.hpp"
#include "transfer/source_totals.hpp"

namespace sesame::transfer {
namespace {

namespace fs = std::filesystem;
using Kind = v4::PutItem::Kind;
using Verdict = PathFilter::Verdict;
using Texts = std::vector<std::string>;

bool matches(const std::string& pattern, const std::string& path, bool is_folder = false) {
  return PathPattern::parse(pattern).value().matches(path, is_folder);
}

class Notes : public WalkObserver {
 public:
  void skipped(const fs::path& source, const std::string&) override {
    skipped_names.push_back(source.filename());
  }
  void failed(const fs::path& source, const Error& error) override {
    failures[source.filename()] = error.code;
  }

  Texts skipped_names;
  std::map<std::string, ErrorCode> failures;
};

/// What a walk gives: files by their path, folders with a slash behind it.
Texts walk(WalkOptions options, std::vector<SourceRoot> named, WalkObserver& notes) {
  RootVector roots(std::move(named));
  SourceWalk walk(std::move(options), roots, notes);
  Texts paths;
  while (const auto item = walk.next())
    paths.push_back(item->path + (item->kind == Kind::Folder ? "/" : ""));
  CHECK_FALSE(walk.next());
  return paths;
}

Texts sorted(Texts texts) {
  std::ranges::sort(texts);
  return texts;
}

Texts names_in_list(const std::string& text, char end = '\n', const std::string& below = "") {
  const test::TemporaryFolder folder;
  const auto list = folder.write("list", text);
  RootList roots(UniqueFd(::open(list.c_str(), O_RDONLY | O_CLOEXEC)), "list", end, below);
  Texts names;
  while (true) {
    const auto root = roots.next();
    REQUIRE(root);
    if (!root->has_value()) return names;
    names.push_back((*root)->source.native() + " -> " + (*root)->path);
  }
}

}  // namespace

TEST_CASE("patterns: names") {
  CHECK(matches("*.tmp", "a.tmp"));
  CHECK(matches("*.tmp", "x/y/a.tmp"));
  CHECK(matches("*.tmp", ".tmp"));
  CHECK_FALSE(matches("*.tmp", "a.tmp.txt"));
  CHECK_FALSE(matches("*.tmp", "a.tmp/b"));
  CHECK(matches("a?c", "abc"));
  CHECK(matches("a?c", "aëc"));
  CHECK(matches("a?c",
                "a\xFF"
                "c"));
  CHECK_FALSE(matches("a?c", "ac"));
  CHECK_FALSE(matches("a?c", "a/c"));
  CHECK(matches("*", "anything"));
  CHECK(matches("a*b*c", "aXXbXXc"));
  CHECK_FALSE(matches("a*b*c", "aXXcXXb"));
}

TEST_CASE("patterns: sets") {
  CHECK(matches("[abc]", "b"));
  CHECK(matches("[a-c]x", "bx"));
  CHECK_FALSE(matches("[a-c]", "d"));
  CHECK(matches("[!a-c]", "d"));
  CHECK(matches("[^a-c]", "d"));
  CHECK_FALSE(matches("[!a-c]", "b"));
  CHECK_FALSE(matches("x[!a]y", "x/y"));
  CHECK(matches("[]]", "]"));
  CHECK(matches("[]-]", "-"));
  CHECK(matches("[a-]", "-"));
  CHECK(matches("[\\]]", "]"));
  CHECK(matches("[à-ï]", "é"));
  CHECK_FALSE(PathPattern::parse("[abc"));
  CHECK_FALSE(PathPattern::parse("[]"));
  CHECK_FALSE(PathPattern::parse(""));
  CHECK_FALSE(PathPattern::parse("a["));
}

TEST_CASE("patterns: paths") {
  CHECK(matches("a/b", "a/b"));
  CHECK(matches("a/b", "x/a/b"));
  CHECK_FALSE(matches("a/b", "xa/b"));
  CHECK_FALSE(matches("a/b", "a/b/c"));
  CHECK(matches("/a", "a"));
  CHECK_FALSE(matches("/a", "x/a"));
  CHECK(matches("/a/*.o", "a/x.o"));
  CHECK_FALSE(matches("/a/*.o", "a/b/x.o"));
  CHECK(matches("/a/**.o", "a/b/x.o"));
  CHECK(matches("a/**/z", "q/a/b/c/z"));
  CHECK(matches("**", "a/b/c"));
  CHECK(matches("cache/", "x/cache", true));
  CHECK_FALSE(matches("cache/", "x/cache", false));
  CHECK(matches("\\*", "*"));
  CHECK_FALSE(matches("\\*", "a"));
  CHECK(matches("a\\", "a\\"));
}

TEST_CASE("patterns: none is slow") {
  std::string pattern;
  for (int i = 0; i < 200; ++i)
    pattern += "a**";
  CHECK_FALSE(matches("/" + pattern + "b", std::string(4000, 'a')));
}

TEST_CASE("the first pattern that matches decides") {
  PathFilter filter;
  REQUIRE(filter.add(Verdict::Include, "keep.tmp"));
  REQUIRE(filter.add(Verdict::Exclude, "*.tmp"));
  REQUIRE(filter.add(Verdict::Include, "*.tmp"));
  CHECK_FALSE(filter.excludes("a/keep.tmp", false));
  CHECK(filter.excludes("a/b.tmp", false));
  CHECK_FALSE(filter.excludes("a/b.txt", false));
  CHECK_FALSE(filter.add(Verdict::Exclude, "["));
}

TEST_CASE("names: what something is called by itself") {
  CHECK(own_name("a/b.txt") == "b.txt");
  CHECK(own_name("a/b/") == "b");
  CHECK(own_name("a/b///") == "b");
  CHECK(own_name("/") == "");
  const test::TemporaryFolder folder;
  fs::create_directories(folder / "real/inner");
  fs::create_symlink("real", folder / "link");
  CHECK(own_name(folder / "link") == "link");
  CHECK(own_name(folder / "real/.") == "real");
  CHECK(own_name(folder / "real/inner/..") == "real");
  CHECK(own_name(folder / "link/.") == "real");
}

TEST_CASE("names: relative to the folder on the server") {
  CHECK(relative_name("/var/log//x") == "var/log/x");
  CHECK(relative_name("./a/./b") == "a/b");
  CHECK(relative_name("a/../b") == "a/../b");  // a name that no server takes
  CHECK(relative_name("a\\b") == "a\\b");
  CHECK(portable_name("C:\\Users\\..\\x.txt") == "Users/x.txt");
  CHECK(portable_name("../../etc/passwd") == "etc/passwd");
  CHECK(portable_name("c:x") == "x");
  CHECK(portable_name("..") == "");
  CHECK(path_below("", "a") == "a");
  CHECK(path_below("x/y", "a") == "x/y/a");
}

TEST_CASE("a list of names") {
  CHECK(names_in_list("a\n./b/c\r\n\n/d\nlast") ==
        Texts{"a -> a", "./b/c -> b/c", "/d -> d", "last -> last"});
  CHECK(names_in_list("a\nb\0c\r\0\0d" + std::string(), '\0').size() == 1);  // ends at the NUL
  CHECK(names_in_list(std::string("a\nb\0c\r\0\0d", 10), '\0', "to") ==
        Texts{"a\nb -> to/a\nb", "c\r -> to/c\r", "d -> to/d"});
  CHECK(names_in_list("").empty());
  CHECK(names_in_list("\n\n\n").empty());

  std::string many;
  for (int i = 0; i < 50'000; ++i)
    many += "name-" + std::to_string(i) + "\n";
  CHECK(names_in_list(many).size() == 50'000);

  const test::TemporaryFolder folder;
  const auto list = folder.write("list", std::string(100'000, 'x'));
  RootList roots(UniqueFd(::open(list.c_str(), O_RDONLY | O_CLOEXEC)), "list", '\n', "");
  CHECK(roots.next().error().code == ErrorCode::Malformed);
}

TEST_CASE("a walk through folders: files, then what is below, then the folder") {
  const test::TemporaryFolder folder;
  fs::create_directories(folder / "top/b/deep");
  fs::create_directories(folder / "top/a");
  folder.write("top/1.txt", "1");
  folder.write("top/a/2.txt", "22");
  folder.write("top/b/deep/3.txt", "333");
  Notes notes;
  CHECK(walk({.recursive = true}, {{folder / "top", "top"}}, notes) ==
        Texts{"top/1.txt", "top/a/2.txt", "top/a/", "top/b/deep/3.txt", "top/b/deep/", "top/b/",
              "top/"});
  CHECK(notes.failures.empty());
  CHECK(notes.skipped_names.empty());
}

TEST_CASE("a folder is sent where that is asked for alone") {
  const test::TemporaryFolder folder;
  fs::create_directories(folder / "top");
  folder.write("file", "");
  Notes notes;
  CHECK(walk({}, {{folder / "top", "top"}, {folder / "file", "file"}}, notes) == Texts{"file"});
  CHECK(notes.failures == std::map<std::string, ErrorCode>{{"top", ErrorCode::NotRegular}});
}

TEST_CASE("links are followed where they are named, and nowhere else") {
  const test::TemporaryFolder folder;
  fs::create_directories(folder / "real");
  folder.write("real/file", "");
  fs::create_symlink("real", folder / "link");
  fs::create_symlink("real/file", folder / "file-link");
  fs::create_symlink("file", folder / "real/inner-link");
  fs::create_symlink("..", folder / "real/up");
  fs::create_symlink("nowhere", folder / "dangling");
  Notes notes;
  CHECK(walk({.recursive = true},
             {{folder / "link", "link"},
              {folder / "file-link", "file-link"},
              {folder / "dangling", "dangling"}},
             notes) == Texts{"link/file", "link/", "file-link"});
  CHECK(sorted(notes.skipped_names) == Texts{"inner-link", "up"});
  CHECK(notes.failures == std::map<std::string, ErrorCode>{{"dangling", ErrorCode::NotFound}});
}

TEST_CASE("a link that is named is resolved: nothing behind the walk follows one") {
  const test::TemporaryFolder folder;
  folder.write("real", "");
  fs::create_symlink("real", folder / "link");
  RootVector roots({{folder / "link", "link"}});
  Notes notes;
  SourceWalk walk({}, roots, notes);
  const auto item = walk.next();
  REQUIRE(item);
  CHECK(item->source == fs::canonical(folder / "real"));
  CHECK(item->path == "link");
}

TEST_CASE("pipes and sockets in a folder are skipped; one that is named fails") {
  const test::TemporaryFolder folder;
  fs::create_directories(folder / "top");
  REQUIRE(::mkfifo((folder / "top/pipe").c_str(), 0600) == 0);
  Notes notes;
  CHECK(walk({.recursive = true}, {{folder / "top", "top"}, {folder / "top/pipe", "pipe"}},
             notes) == Texts{"top/"});
  CHECK(notes.skipped_names == Texts{"pipe"});
  CHECK(notes.failures == std::map<std::string, ErrorCode>{{"pipe", ErrorCode::NotRegular}});
}

TEST_CASE("names that no server takes fail, and are not mended") {
  const test::TemporaryFolder folder;
  fs::create_directories(folder / "top/bad. ");
  for (const char* name : {"a:b", "a\\b", "con.txt", "dot.", "space ", "\xFF", "good", "a\nb"})
    folder.write(std::string("top/") + name, "");
  folder.write("top/bad. /inside", "");
  Notes notes;
  CHECK(sorted(walk({.recursive = true}, {{folder / "top", "top"}}, notes)) ==
        Texts{"top/", "top/a\nb", "top/good"});
  CHECK(notes.failures.size() == 7);  // the folder once, with all that is in it
  for (const auto& [name, code] : notes.failures)
    CHECK(code == ErrorCode::BadName);
}

TEST_CASE("what is excluded is not looked at, and the filter does not see --to") {
  const test::TemporaryFolder folder;
  fs::create_directories(folder / "top/cache");
  fs::create_directories(folder / "top/src");
  folder.write("top/cache/con", "");
  folder.write("top/src/a.o", "");
  folder.write("top/src/a.c", "");
  fs::create_symlink("a.c", folder / "top/src/link.o");
  WalkOptions options{.recursive = true, .below = "to/there"};
  REQUIRE(options.filter.add(Verdict::Exclude, "/top/cache/"));
  REQUIRE(options.filter.add(Verdict::Exclude, "*.o"));
  REQUIRE(options.filter.add(Verdict::Exclude, "/to"));
  Notes notes;
  CHECK(walk(options, {{folder / "top", "to/there/top"}}, notes) ==
        Texts{"to/there/top/src/a.c", "to/there/top/src/", "to/there/top/"});
  CHECK(notes.failures.empty());
  CHECK(notes.skipped_names.empty());
}

TEST_CASE("folders go as deep as their paths allow") {
  const test::TemporaryFolder folder;
  fs::path deep = folder.path();
  std::string path = "top";
  for (int level = 0; level < 1200; ++level)
    deep /= "d";
  std::error_code fault;
  fs::create_directories(deep, fault);
  if (fault) return;
  Notes notes;
  const auto found = walk({.recursive = true}, {{folder / "d", "d"}}, notes);
  CHECK(found.size() == 1200);
  CHECK(notes.failures.empty());
}

TEST_CASE("totals are those of the walk") {
  const test::TemporaryFolder folder;
  fs::create_directories(folder / "top/a");
  folder.write("top/1", "1");
  folder.write("top/a/2", "22");
  SourceTotals totals({.recursive = true}, {{folder / "top", "top"}, {folder / "none", "none"}});
  while (!totals.is_complete())
    std::this_thread::yield();
  CHECK(totals.files() == 2);
  CHECK(totals.bytes() == 3);
}

}  // namespace sesame::transfer
