#include <cstdint>
#include <cstring>
#include <thread>

#include "common/base/buffer.h"

using namespace slicecast;

TEST_CASE("a buffer has the size asked for, is aligned and may be overread by 64 bytes") {
  for (std::size_t bytes : {std::size_t{0}, std::size_t{1}, std::size_t{4096}, std::size_t{4097},
                            std::size_t{2} << 20, (std::size_t{2} << 20) + 1}) {
    INFO(bytes);
    const auto buffer = Buffer::allocate(bytes);
    CHECK(buffer->size() == bytes);
    CHECK(reinterpret_cast<std::uintptr_t>(buffer->data()) % 64 == 0);
    std::memset(buffer->data(), 1, bytes + 64);  // the address sanitizer would object
  }
}

TEST_CASE("large buffers start at a huge page") {
  const auto buffer = Buffer::allocate(std::size_t{3} << 20);
  CHECK(reinterpret_cast<std::uintptr_t>(buffer->data()) % (std::size_t{2} << 20) == 0);
}

TEST_CASE("a returned buffer is handed out again") {
  const auto pool = BufferPool::create(1 << 20);
  auto first = pool->take(100000);
  const std::byte* memory = first->data();
  CHECK(pool->idle_bytes() == 0);
  first.reset();
  CHECK(pool->idle_bytes() >= 100000);
  const auto second = pool->take(99000);  // the same size class
  CHECK(second->data() == memory);
  CHECK(second->size() == 99000);
  CHECK(pool->idle_bytes() == 0);
}

TEST_CASE("buffers of other sizes are not confused") {
  const auto pool = BufferPool::create(1 << 20);
  pool->take(100000).reset();
  const auto idle = pool->idle_bytes();
  const auto other = pool->take(200000);
  CHECK(other->size() == 200000);
  CHECK(pool->idle_bytes() == idle);
}

TEST_CASE("a pool never keeps more than it may, and the oldest goes first") {
  const auto pool = BufferPool::create(300000);
  {
    std::vector<BufferPtr> many;
    for (int i = 0; i < 10; ++i) many.push_back(pool->take(100000));
    CHECK(pool->idle_bytes() == 0);
  }
  CHECK(pool->idle_bytes() <= 300000);
  CHECK(pool->idle_bytes() >= 100000);
  pool->take(500000).reset();  // too large to be kept at all
  CHECK(pool->idle_bytes() <= 300000);
  pool->take(250000).reset();  // displaces the others
  CHECK(pool->idle_bytes() <= 300000);
  CHECK(pool->idle_bytes() >= 250000);
}

TEST_CASE("a pool that keeps nothing still hands out buffers") {
  const auto pool = BufferPool::create(0);
  auto buffer = pool->take(5000);
  std::memset(buffer->data(), 7, 5000);
  buffer.reset();
  CHECK(pool->idle_bytes() == 0);
}

TEST_CASE("buffers outlive their pool") {
  auto pool = BufferPool::create(1 << 20);
  auto buffer = pool->take(5000);
  pool.reset();
  std::memset(buffer->data(), 7, 5000);
  buffer.reset();
}

TEST_CASE("threads share a pool") {
  const auto pool = BufferPool::create(1 << 20);
  std::vector<std::thread> threads;
  std::vector<int> mixed(4);
  for (std::size_t t = 0; t < 4; ++t)
    threads.emplace_back([&, t] {
      for (int i = 0; i < 500; ++i) {
        const auto buffer = pool->take(4096 * (1 + std::size_t(i) % 7));
        std::memset(buffer->data(), int(t), buffer->size());
        for (std::size_t k = 0; k < buffer->size(); k += 512)
          mixed[t] += buffer->as<std::uint8_t>()[k] != t;
      }
    });
  for (auto& thread : threads) thread.join();
  CHECK(mixed == std::vector<int>(4));
  CHECK(pool->idle_bytes() <= 1 << 20);
}
