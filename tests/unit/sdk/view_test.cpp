#include "plugins/sdk/view.h"

#include "tests/unit/sdk/messages.h"

namespace slicecast::plugin::test {

TEST_CASE("messages whose pixels do not fit their header are refused") {
  const auto pool = BufferPool::create(1 << 20);
  const auto refused = [&](auto change) {
    auto message = slice_message("a", 1);
    change(message);
    const auto view = view_of(std::move(message), "slice", {}, *pool);
    return !view && !view.error().message.empty();
  };
  CHECK(refused([](auto& it) { it.header.clear_slice(); }));
  CHECK(refused([](auto& it) { it.header.mutable_scene(); }));
  CHECK(refused([](auto& it) { it.pixels = nullptr; }));
  CHECK(refused([](auto& it) { it.header.mutable_pixels()->set_type(v1::INT32); }));
  CHECK(refused([](auto& it) { it.header.mutable_pixels()->set_shape(0, 5); }));
  CHECK(refused([](auto& it) { it.header.mutable_pixels()->set_shape(0, 0); }));
  CHECK(refused([](auto& it) { it.header.mutable_pixels()->clear_shape(); }));
  CHECK(refused([](auto& it) { it.header.mutable_pixels()->set_scale(1.0 / 0.0); }));
  CHECK(refused([](auto& it) { it.header.mutable_labels(); }));  // float labels
}

TEST_CASE("a view is the message in place: the link's buffer, its stamp and its pose") {
  auto message = slice_message("a", 3);
  const auto* filled = message.pixels->as<float>();
  const auto pool = BufferPool::create(1 << 20);
  const auto view = view_of(std::move(message), "slice", {}, *pool);
  REQUIRE(view);
  CHECK(view->pixels.data() == filled);
  CHECK(view->rows == 4);
  CHECK(view->columns == 6);
  CHECK((*view)(1, 2) == view->row(1)[2]);
  CHECK(view->slice_id() == "a");
  CHECK(view->stamp().version() == 3);
  CHECK(view->pixel_mm() == Approx(0.5));
  CHECK(view->value_unit() == "1/mm");
}

TEST_CASE("pixels of a thin link become floats of their unit") {
  wire::FeedMessage message = slice_message("a", 1, 1, 3);
  auto& format = *message.header.mutable_pixels();
  format.set_type(v1::UINT8);
  format.set_bytes(3);
  format.set_scale(0.5);
  format.set_offset(-1);
  auto packed = Buffer::allocate(3);
  for (std::uint8_t i = 0; i < 3; ++i) packed->as<std::uint8_t>()[i] = i;
  message.pixels = packed;
  const auto pool = BufferPool::create(1 << 20);
  const auto view = view_of(std::move(message), "slice", {}, *pool);
  REQUIRE(view);
  CHECK(std::vector<float>(view->pixels.begin(), view->pixels.end()) ==
        std::vector<float>{-1, -0.5, 0});
}

TEST_CASE("what another plugin made has the scene's pose as long as that is the same") {
  wire::FeedMessage message = slice_message("a", 1);
  v1::Stamp input = message.header.slice().stamp();
  input.set_pose_revision(4);
  message.header.set_key("values/denoise/a");
  *message.header.mutable_values()->mutable_input() = input;
  auto scene = std::make_shared<v1::Scene>();
  auto& slice = *scene->add_slices();
  slice.set_id("a");
  slice.set_pose_revision(4);
  slice.mutable_axis1()->set_x_mm(12);
  const auto pool = BufferPool::create(1 << 20);
  auto view = view_of(message, "denoise", {nullptr, scene}, *pool);
  REQUIRE(view);
  CHECK(view->slice_id() == "a");
  CHECK(view->stamp().pose_revision() == 4);
  CHECK(view->pixel_mm() == Approx(2));
  slice.set_pose_revision(5);
  CHECK_FALSE(view->pose());
}

}  // namespace slicecast::plugin::test
