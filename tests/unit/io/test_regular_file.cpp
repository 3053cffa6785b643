// What is read and what is written over must be a regular file, and an interrupted write must leave
// nothing behind.
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>

#include "common/io/atomic_file.h"
#include "common/io/image_file.h"
#include "common/io/npy.h"
#include "common/io/partial_files.h"
#include "common/io/regular_file.h"
#include "common/io/scan_file.h"
#include "tests/unit/io/scratch.h"

using namespace slicecast;
using namespace slicecast::io;
using namespace slicecast::io::testing;
using Catch::Matchers::Contains;

TEST_CASE("a pipe or a device is refused before it is opened, which would wait for ever") {
  ScratchFolder folder;
  const auto pipe = folder / "f.h5", numbers = folder / "f.npy";
  REQUIRE(mkfifo(pipe.c_str(), 0600) == 0);
  REQUIRE(mkfifo(numbers.c_str(), 0600) == 0);
  const auto file = ScanFile::open(pipe);
  REQUIRE_FALSE(file);
  CHECK(file.error().code == Errc::invalid_argument);
  CHECK_THAT(file.error().message, Contains("f.h5") && Contains("is a pipe or a device"));
  CHECK_THAT(read_npy(numbers).error().message, Contains("is a pipe or a device"));
  CHECK_FALSE(ScanFile::open("/dev/zero"));
  CHECK_FALSE(check_readable_file(folder / "none"));
}

TEST_CASE("a pipe or a device is not written over") {
  ScratchFolder folder;
  const auto pipe = folder / "f.npy", link = folder / "link.npy";
  REQUIRE(mkfifo(pipe.c_str(), 0600) == 0);
  std::filesystem::create_symlink("f.npy", link);
  for (const auto& target : {pipe, link, std::filesystem::path("/dev/full")}) {
    INFO(target);
    const auto written = write_whole_file(target, {});
    REQUIRE_FALSE(written);
    CHECK_THAT(written.error().message, Contains("is a pipe or a device"));
  }
  CHECK_THAT(check_image_path(pipe, true).error().message, Contains("is a pipe or a device"));
  CHECK(std::filesystem::is_fifo(pipe));
  CHECK(folder.files() == 2);
}

TEST_CASE("more than the folder has room for is refused before anything is written") {
  ScratchFolder folder;
  for (const char* name : {"a.npy", "a.tif"}) {
    const auto writer =
        VolumeWriter::create(folder / name, 1 << 20, 1 << 20, 1 << 20, PixelType::f32);
    REQUIRE_FALSE(writer);
    CHECK(writer.error().code == Errc::resource_exhausted);
    CHECK_THAT(writer.error().message, Contains(name) && Contains("left; free space"));
  }
  CHECK(folder.files() == 0);
}

TEST_CASE("what is written through a link reaches the file that it leads to") {
  ScratchFolder folder;
  write_contents(folder / "a", {'o', 'l', 'd'});
  std::filesystem::create_symlink("a", folder / "link");
  const std::array<std::byte, 1> one{std::byte{'x'}};
  REQUIRE(write_whole_file(folder / "link", one));
  CHECK(std::filesystem::is_symlink(folder / "link"));
  CHECK(contents(folder / "a") == std::vector<char>{'x'});
  CHECK(folder.files() == 2);
}

TEST_CASE("a signal that ends the program takes its partial files along") {
  ScratchFolder folder;
  for (const int number : {SIGINT, SIGTERM}) {
    const pid_t child = fork();
    if (child == 0) {
      std::signal(number, SIG_DFL);  // the test framework has handlers of its own
      remove_partial_files_on_signals();
      auto kept = AtomicFile::create(folder / "kept");
      if (!kept || !kept->commit()) _exit(3);
      const auto moved = AtomicFile::create(folder / "interrupted");
      if (!moved || folder.files() != 2) _exit(4);
      raise(number);
      _exit(5);
    }
    int status = 0;
    REQUIRE(waitpid(child, &status, 0) == child);
    CHECK(WIFSIGNALED(status));
    CHECK(WTERMSIG(status) == number);
    CHECK(folder.files() == 1);
    CHECK(std::filesystem::exists(folder / "kept"));
  }
}
