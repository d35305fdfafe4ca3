#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

#include "base/result.hpp"

struct sqlite3;
struct sqlite3_stmt;

namespace sesame::transfer::watch {

/// A statement that can be run again and again. Its values are numbers, bytes, or nothing.
class SqlStatement {
 public:
  /// Sets its values, the first one first, and begins anew.
  template <typename... Values>
  SqlStatement& with(const Values&... values) {
    reset();
    int index = 0;
    (bind(++index, values), ...);
    return *this;
  }

  /// The next row: false when there is none. Fails with Io.
  Result<bool> next();
  /// To its end, whatever rows it has.
  Status run();
  void reset();

  // Of the row that stands, columns from 0.
  [[nodiscard]] std::int64_t number(int column) const;
  [[nodiscard]] std::optional<std::int64_t> number_or_nothing(int column) const;
  [[nodiscard]] std::string bytes(int column) const;

 private:
  friend class SqlDatabase;
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const;
  };
  SqlStatement(sqlite3* database, sqlite3_stmt* statement)
      : database_(database), statement_(statement) {}

  template <typename Value>
  void bind(int index, const Value& value) {
    if constexpr (std::is_integral_v<Value>) {
      bind_number(index, static_cast<std::int64_t>(value));
    } else {
      bind_bytes(index, value);
    }
  }
  void bind_number(int index, std::int64_t value);
  void bind_bytes(int index, std::string_view value);

  sqlite3* database_;
  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
};

/// One connection to an SQLite database. For one thread at a time.
class SqlDatabase {
 public:
  enum class Access { Write, Read };

  /// A file that is not there yet is made where it is to be written, for its owner alone. Fails
  /// with NotFound or Io.
  static Result<SqlDatabase> open(const std::filesystem::path& path, Access access);

  /// Statements without values and rows, separated by semicolons.
  Status run(const char* sql);
  Result<SqlStatement> prepare(const char* sql);
  /// `PRAGMA name`, a number.
  Result<std::int64_t> pragma(const char* name);

 private:
  struct Close {
    void operator()(sqlite3* database) const;
  };
  explicit SqlDatabase(sqlite3* database) : database_(database) {}

  std::unique_ptr<sqlite3, Close> database_;
};

}  // namespace sesame::transfer::watch
