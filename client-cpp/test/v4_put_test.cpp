#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "v4_client.hpp"
#include "vectors.hpp"

namespace sesame::transfer::v4 {
namespace {

using namespace test;
using What = V4Server::Fault::What;

}  // namespace

TEST_CASE("v4: small and large files arrive, with their receipts") {
  V4Server server;
  const V4Client client;
  const std::string large = varied(3'000'000);
  const auto ran =
      client.put(server, {client.file("empty", ""), client.file("small", "hello"),
                          client.file("edge", varied(65'536)), client.file("over", varied(65'537)),
                          client.file("large", large)});
  CHECK(ran.told.sorted() == "edge:ok empty:ok large:ok over:ok small:ok ");
  CHECK(ran.summary.complete());
  CHECK(ran.summary.acknowledged == 5);
  CHECK(ran.summary.bytes == 5 + 65'536 + 65'537 + 3'000'000);
  CHECK(ran.summary.bytes_sent == ran.summary.bytes);
  CHECK(server.stored("small") == "hello");
  CHECK(server.stored("empty").empty());
  CHECK(server.stored("edge") == varied(65'536));
  CHECK(server.stored("over") == varied(65'537));
  CHECK(server.stored("large") == large);
  CHECK(ran.sink.receipts.size() == 5);
  CHECK(ran.sink.flushed == 5);

  struct stat status {};
  REQUIRE(::stat((client.folder / "small").c_str(), &status) == 0);
  CHECK(server.store.versions.at("small").mode == (status.st_mode & 07777U));
  CHECK(server.store.versions.at("small").mtime ==
        status.st_mtim.tv_sec * 1'000'000'000 + status.st_mtim.tv_nsec);
}

TEST_CASE("v4: what is there already makes no second version") {
  V4Server server;
  const V4Client client;
  const std::vector<PutItem> items{client.file("a", "aaa"), client.file("b", varied(300'000))};
  CHECK(client.put(server, items).told.sorted() == "a:ok b:ok ");
  const auto again = client.put(server, items);
  CHECK(again.told.sorted() == "a:there b:there ");
  CHECK(again.summary.already_there == 2);
  CHECK(again.summary.complete());
  CHECK(server.store.versions_made == 2);
  CHECK(server.store.content_received == 3 + 300'000 + 3);  // the large one was hashed, not sent
}

TEST_CASE("v4: another file of the same size and time replaces what stands there") {
  V4Server server;
  const V4Client client;
  const auto item = client.file("b", varied(300'000));
  struct stat before {};
  ::stat(item.source.c_str(), &before);
  client.put(server, {item});
  client.folder.write("b", varied(300'000, 2));
  const timespec times[2] = {before.st_atim, before.st_mtim};
  ::utimensat(AT_FDCWD, item.source.c_str(), times, 0);
  const auto again = client.put(server, {item});
  CHECK(again.told.sorted() == "b:ok ");
  CHECK(server.stored("b") == varied(300'000, 2));
}

TEST_CASE("v4: thousands of small files at once") {
  V4Server server;
  const V4Client client;
  std::vector<PutItem> items;
  for (int i = 0; i < 2500; ++i)
    items.push_back(client.file("f" + std::to_string(i), varied(1000, static_cast<unsigned>(i))));
  const auto ran = client.put(server, items);
  CHECK(ran.summary.complete());
  CHECK(ran.summary.acknowledged == 2500);
  CHECK(ran.sink.receipts.size() == 2500);
  CHECK(server.store.versions.size() == 2500);
  CHECK(server.stored("f1234") == varied(1000, 1234));
}

TEST_CASE("v4: a small window is kept to") {
  for (const std::uint32_t window : {20'000U, 100'000U, 262'144U}) {
    CAPTURE(window);
    V4Server server;
    server.store.window = window;
    const V4Client client;
    std::vector<PutItem> items{client.file("large", varied(1'000'000))};
    for (int i = 0; i < 20; ++i)
      items.push_back(client.file("s" + std::to_string(i), varied(60'000)));
    const auto ran = client.put(server, items);
    CHECK(ran.summary.complete());
    CHECK(server.stored("large") == varied(1'000'000));
    CHECK_FALSE(server.store.window_exceeded);
  }
}

TEST_CASE("v4: a source that changes while it is sent begins anew") {
  V4Server server;
  server.store.window = 256 << 10;
  const V4Client client;
  const auto item = client.file("l", varied(3'000'000));
  int frames = 0;
  server.faults = [&](const V4Frame& frame) -> V4Server::Fault {
    if (frame.code == 1104 && ++frames == 2) client.folder.write("l", varied(2'500'000, 9));
    return {};
  };
  const auto ran = client.put(server, {item});
  CHECK(ran.told.sorted() == "l:ok l>changed ");
  CHECK(server.stored("l") == varied(2'500'000, 9));
  CHECK(server.store.versions_made == 1);
}

TEST_CASE("v4: a source that never holds still fails alone") {
  V4Server server;
  server.store.window = 256 << 10;
  const V4Client client;
  const auto item = client.file("l", varied(2'000'000));
  unsigned frames = 0;
  server.faults = [&](const V4Frame& frame) -> V4Server::Fault {
    if (frame.code == 1104) client.folder.write("l", varied(2'000'000, ++frames));
    return {};
  };
  const auto ran = client.put(server, {item, client.file("s", "small")});
  CHECK(ran.told.sorted() == "l:changed l>changed l>changed l>changed s:ok ");
  CHECK_FALSE(ran.summary.stopped_by);
}

TEST_CASE("v4: what cannot be read does not keep the others") {
  V4Server server;
  const V4Client client;
  std::filesystem::create_directory(client.folder / "d");
  const auto ran = client.put(server, {{PutItem::Kind::File, client.folder / "none", "none"},
                                       {PutItem::Kind::File, client.folder / "d", "d"},
                                       {PutItem::Kind::File, client.folder / "a", "../a"},
                                       client.file("a", "aaa")});
  CHECK(ran.told.sorted() == "../a:bad-name a:ok d:not-regular none:not-found ");
  CHECK_FALSE(ran.summary.stopped_by);
  CHECK_FALSE(ran.summary.complete());
}

TEST_CASE("v4: folders come last, the deepest first") {
  V4Server server;
  const V4Client client;
  std::filesystem::create_directories(client.folder / "d/e");
  const auto ran = client.put(server, {{PutItem::Kind::Folder, client.folder / "d", "d"},
                                       {PutItem::Kind::Folder, client.folder / "d/e", "d/e"},
                                       client.file("d/e/f", "f"),
                                       client.file("d/g", varied(100'000))});
  CHECK(ran.told.outcomes[2] == "d/e:ok");
  CHECK(ran.told.outcomes[3] == "d:ok");
  CHECK(ran.summary.complete());
  CHECK(server.store.folders.size() == 2);
  const auto heard = server.heard();
  CHECK(heard[heard.size() - 1] == 1108);
  CHECK(heard[heard.size() - 2] == 1108);
}

TEST_CASE("v4: standard input, of unknown size, survives a cut") {
  for (const std::size_t size : {std::size_t{0}, std::size_t{5}, std::size_t{3'000'000}}) {
    CAPTURE(size);
    V4Server server;
    server.store.window = 512 << 10;
    V4Client client;
    int frames = 0;
    server.faults = [&](const V4Frame& frame) -> V4Server::Fault {
      return {frame.code == 1104 && ++frames == 3 ? What::Cut : What::None};
    };
    int pipe_fds[2];
    REQUIRE(::pipe(pipe_fds) == 0);
    std::jthread writer([&, fd = pipe_fds[1]] {
      const std::string content = varied(size);
      std::size_t done = 0;
      while (done < content.size()) {
        const auto count = ::write(fd, content.data() + done, content.size() - done);
        if (count <= 0) break;
        done += static_cast<std::size_t>(count);
      }
      ::close(fd);
    });
    client.stdin_fd = pipe_fds[0];
    const auto ran = client.put(server, {{PutItem::Kind::Stdin, {}, "in"}});
    ::close(pipe_fds[0]);
    CHECK(ran.told.sorted() == "in:ok ");
    CHECK(server.stored("in") == varied(size));
    CHECK(ran.summary.bytes == size);
    if (size > 1'000'000) CHECK(ran.told.retries == "connection-lost ");
  }
}

TEST_CASE("v4: a limit on the rate is kept to") {
  V4Server server;
  V4Client client;
  client.bytes_per_second = 400'000;
  const auto ran = client.put(server, {client.file("l", varied(200'000)), client.file("s", "s")});
  CHECK(ran.summary.complete());
  CHECK(ran.summary.duration.count() > 0.4);
  CHECK(ran.summary.duration.count() < 2.0);
}

TEST_CASE("v4: nothing to send is a success") {
  V4Server server;
  const V4Client client;
  const auto ran = client.put(server, {});
  CHECK(ran.summary.complete());
  CHECK(ran.summary.items == 0);
}

}  // namespace sesame::transfer::v4
