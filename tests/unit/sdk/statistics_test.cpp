#include "plugins/sdk/statistics.h"

#include <algorithm>
#include <cmath>

#include "plugins/sdk/plugin.h"
#include "tests/unit/sdk/messages.h"

namespace slicecast::plugin::test {

TEST_CASE("a uint16 label without a class is held back, and one of class 300 is sent") {
  const SliceView slice = slice_view("s", 5);
  Output out("mine", {label_class(0, "a", 1), label_class(300, "b", 2)},
             BufferPool::create(1 << 20));
  auto wrong = out.wide_labels(slice);
  std::ranges::fill(wrong.pixels, std::uint16_t{0});
  wrong(3, 5) = 301;
  auto refused = out.finish(1);
  REQUIRE(refused.size() == 1);
  CHECK(std::get<Output::Refused>(refused[0]).reason == metrics::Drop::bad_label);

  auto right = out.wide_labels(slice);
  std::ranges::fill(right.pixels, std::uint16_t{300});
  auto ready = out.finish(1);
  auto& sent = std::get<Output::Ready>(ready[0]);
  CHECK(sent.key == "labels/mine/s");
  CHECK(sent.header.pixels().type() == v1::UINT16);
  const auto view = view_of({sent.header, sent.pixels}, "mine", {}, *BufferPool::create(1 << 20));
  INFO((view ? std::string() : view.error().message));
  REQUIRE(view);
  REQUIRE(view->wide_labels.size() == 24);
  CHECK(view->wide_labels[23] == 300);
}

TEST_CASE("a value between pixels is bilinear and held at the edges") {
  const SliceView slice = slice_view("s", 0);  // 0.01 per column, 0.06 per row
  CHECK(slice.at(2, 1) == slice(1, 2));
  CHECK(slice.at(2.25, 1.5) == Approx(0.01 * (2.25 + 6 * 1.5)));
  CHECK(slice.at(-3, -1) == slice(0, 0));
  CHECK(slice.at(99, 99) == slice(3, 5));
  CHECK(slice.neighbours(0, 0)[0] == slice(0, 0));
  CHECK(slice.neighbours(0, 0)[8] == slice(1, 1));
  CHECK(slice.neighbours(3, 5)[8] == slice(3, 5));
  CHECK(slice.pixel_length() == Approx(0.5));
  CHECK(slice.length_unit() == "mm");
}

TEST_CASE("statistics are those of the pixels in the disc") {
  const SliceView slice = slice_view("s", 0);
  CHECK(statistics(slice, {5, 5, 0.01}).count == 0);
  const auto all = statistics(slice, {0.5, 0.5, 2});
  CHECK(all.count == 24);
  CHECK(all.mean == Approx(0.115));
  CHECK(all.deviation == Approx(0.01 * std::sqrt((24.0 * 24 - 1) / 12)));
  const auto few = statistics(slice, {0.5, 0.5, 0.13});  // within 0.78 pixels of the middle
  CHECK(few.count == 4);
  CHECK(few.mean == Approx(0.115));
}

TEST_CASE("a history keeps the newest rows of each slice and forgets with its slice and scan") {
  Output out("mine", {}, BufferPool::create(1 << 20));
  History history(std::vector<std::pair<std::string, std::string>>{{"mean", "1/mm"}});
  const auto rows = [&](const std::string& id) {
    history.add(slice_view(id, 1), {0.5}, 3, out, "t");
    auto made = out.finish(0);
    const auto& ready = std::get<Output::Ready>(made.at(0));
    CHECK(ready.key == "table/mine/t/" + id);
    CHECK(ready.header.table().columns(1).unit() == "1/mm");
    return ready.header.table().columns(0).values_size();
  };
  CHECK(rows("a") == 1);
  for (const int kept : {2, 3, 3}) CHECK(rows("a") == kept);
  CHECK(rows("b") == 1);
  SliceEvent moved;
  moved.slice.set_id("a");
  history.hear(moved);
  CHECK(rows("a") == 1);
  CHECK(rows("b") == 2);
  history.hear(ScanEvent{ScanEvent::What::geometry, {}});
  CHECK(rows("b") == 3);
  history.hear(ScanEvent{ScanEvent::What::started, {}});
  CHECK(rows("b") == 1);
}

TEST_CASE("a convolution keeps what is even and weighs what is left at the edges") {
  const SliceView slice = slice_view("s", 0);
  Output out("mine", {}, BufferPool::create(1 << 20));
  const auto smooth = out.values(slice, "smooth");
  CHECK(smooth.header.unit() == "1/mm");
  convolve(slice, {1, 2, 1}, smooth);
  CHECK(smooth(1, 2) == Approx(slice(1, 2)));  // a ramp
  CHECK(smooth(0, 0) == Approx((0.01 + 0.06) / 3));
  out.discard();
}

}  // namespace slicecast::plugin::test
