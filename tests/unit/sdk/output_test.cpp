#include "plugins/sdk/output.h"

#include <cmath>
#include <limits>

#include "plugins/sdk/plugin.h"
#include "tests/unit/sdk/messages.h"

namespace slicecast::plugin::test {
namespace {

using metrics::Drop;

class Made {
 public:
  Output out{"mine", {label_class(0, "a", 1), label_class(2, "b", 2)}, BufferPool::create(1 << 20)};
  SliceView slice = slice_view("s", 5);

  // The reason of the only result; nothing: it is ready.
  std::optional<Drop> fault() {
    auto results = out.finish(1);
    REQUIRE(results.size() == 1);
    const auto* refused = std::get_if<Output::Refused>(&results.front());
    if (refused == nullptr) return {};
    CHECK(refused->input_key == "slice/s");
    CHECK_FALSE(refused->why.empty());
    return refused->reason;
  }
};

}  // namespace

TEST_CASE("results of a wrong size, not finite or without a class are held back") {
  Made made;
  made.out.values(made.slice, std::vector<float>(23));
  CHECK(made.fault() == Drop::bad_size);
  made.out.labels(made.slice, std::vector<std::uint8_t>(25));
  CHECK(made.fault() == Drop::bad_size);
  for (const float bad : {NAN, INFINITY, -INFINITY}) {
    std::vector<float> values(24, 1);
    values[17] = bad;
    made.out.values(made.slice, values);
    CHECK(made.fault() == Drop::not_finite);
  }
  for (const std::uint8_t unknown : {1, 3, 255}) {
    std::vector<std::uint8_t> labels(24, 0);
    labels[23] = unknown;
    made.out.labels(made.slice, labels);
    CHECK(made.fault() == Drop::bad_label);
  }
  made.out.table(&made.slice, "t").add_columns()->add_values(NAN);
  CHECK(made.fault() == Drop::not_finite);
  auto& table = made.out.table(&made.slice, "t");
  table.add_columns()->add_values(1);
  table.add_columns();
  CHECK(made.fault() == Drop::bad_size);
  made.out.table(&made.slice, "t").add_columns()->mutable_values()->Resize(1 << 20, 1.0);
  CHECK(made.fault() == Drop::bad_size);  // no receiver takes a header of 8 MiB
  made.out.event(&made.slice, "e", "text").set_value(NAN);
  CHECK(made.fault() == Drop::not_finite);
}

TEST_CASE("sizes that no image has are not even begun") {
  Made made;
  CHECK_THROWS_AS(made.out.labels(made.slice, -1, 4), WrongShape);
  CHECK_THROWS_AS(made.out.values(made.slice, 1 << 16, 1 << 16), WrongShape);
  CHECK(made.out.finish(0).empty());
}

TEST_CASE("an image is written where it is sent from, and carries the stamp of its input") {
  Made made;
  const auto values = made.out.values(made.slice, 2, 3);
  std::ranges::fill(values.pixels, 4.0f);
  values.header.set_unit("1/mm");
  auto results = made.out.finish(2.5);
  auto& ready = std::get<Output::Ready>(results.at(0));
  CHECK(ready.pixels->as<float>() == values.pixels.data());
  CHECK(ready.key == "values/mine/s");
  CHECK(ready.header.pixels().bytes() == 24);
  CHECK(ready.header.values().input().SerializeAsString() ==
        made.slice.stamp().SerializeAsString());
  CHECK(ready.header.values().producer() == "mine");
  CHECK(ready.header.values().processing_ms() == 2.5);
  CHECK(ready.input_version == 5);
}

TEST_CASE("labels may be any declared class or unlabelled") {
  Made made;
  const auto labels = made.out.labels(made.slice);
  labels.header.set_unlabelled(9);
  for (std::size_t i = 0; i < labels.pixels.size(); ++i)
    labels.pixels[i] = i % 3 == 0 ? 0 : i % 3 == 1 ? 2 : 9;
  CHECK_FALSE(made.fault());
  made.out.set_classes({label_class(7, "other model", 0)});
  made.out.labels(made.slice, std::vector<std::uint8_t>(24, 7));
  CHECK_FALSE(made.fault());
}

TEST_CASE("tables and events are about a slice or about none") {
  Made made;
  made.out.table(&made.slice, "t");
  made.out.table(nullptr, "t");
  made.out.event(&made.slice, "e", "one");
  made.out.event(nullptr, "e", "two");
  std::vector<std::string> keys;
  for (auto& result : made.out.finish(0)) keys.push_back(std::get<Output::Ready>(result).key);
  CHECK(keys == std::vector<std::string>{"table/mine/t/s", "table/mine/t", "event/mine/e/s",
                                         "event/mine/e"});
}

}  // namespace slicecast::plugin::test
