#include <cmath>

#include "common/wire/pose.h"
#include "viewer/model/slice_set.h"

using namespace slicecast;
using namespace slicecast::viewer;

namespace {

const Pose kPose{{-5, -5, 1}, {10, 0, 0}, {0, 10, 0}};

Pose at_height(double z) {
  Pose pose = kPose;
  pose.base.z = z;
  return pose;
}

v1::SceneSlice told(const std::string& id, std::uint64_t revision, const std::string& author,
                    double z) {
  v1::SceneSlice slice;
  slice.set_id(id);
  slice.set_name("slice " + id);
  wire::set_pose(at_height(z), &slice);
  slice.set_rows(64);
  slice.set_columns(64);
  slice.set_pose_revision(revision);
  slice.set_owner("them");
  slice.set_author(author);
  return slice;
}

v1::Scene scene_of(std::uint64_t revision, const std::vector<v1::SceneSlice>& slices) {
  v1::Scene scene;
  scene.set_revision(revision);
  for (const auto& slice : slices) *scene.add_slices() = slice;
  return scene;
}

const v1::SetSlice& set_in(const std::optional<SliceRequest>& request) {
  return std::get<v1::SetSlice>(request.value().body);
}

v1::SceneSlice echo_of(const SliceRequest& request, std::uint64_t revision) {
  const auto& sent = std::get<v1::SetSlice>(request.body);
  v1::SceneSlice slice = told(sent.id(), revision, "me", 0);
  *slice.mutable_base() = sent.base();
  slice.set_owner("me");
  slice.set_name(sent.name().empty() ? "kept" : sent.name());
  return slice;
}

v1::SliceImage image_of(const std::string& id, std::uint64_t version, double z) {
  v1::SliceImage image;
  image.mutable_stamp()->set_slice_id(id);
  image.mutable_stamp()->set_instance(7);
  image.mutable_stamp()->set_version(version);
  wire::set_pose(at_height(z), &image);
  return image;
}

}  // namespace

TEST_CASE("an observer's edits are refused and nothing is sent") {
  SliceSet set("me", true);
  set.merge(scene_of(1, {told("a", 1, "them", 0)}), 7);
  CHECK(set.add(kPose, 64, 64, "new").error().code == Errc::permission_denied);
  CHECK(set.duplicate("a").error().code == Errc::permission_denied);
  CHECK(set.move("a", at_height(3)).error().code == Errc::permission_denied);
  CHECK(set.rename("a", "b").error().code == Errc::permission_denied);
  CHECK(set.pin("a", true).error().code == Errc::permission_denied);
  CHECK(set.remove("a").error().code == Errc::permission_denied);
  CHECK_FALSE(set.next_request());
  CHECK(set.find("a")->pose.base.z == 0);
}

TEST_CASE("edits of unknown slices, bad poses, sizes and names are refused") {
  SliceSet set("me", false);
  set.merge(scene_of(1, {told("a", 1, "them", 0)}), 7);
  CHECK(set.move("b", kPose).error().code == Errc::not_found);
  CHECK(set.move("a", Pose{}).error().code == Errc::invalid_argument);
  CHECK_FALSE(set.move("a", at_height(std::nan(""))));
  CHECK_FALSE(set.resize("a", 0, 64));
  CHECK_FALSE(set.rename("a", ""));
  CHECK_FALSE(set.rename("a", std::string(65, 'x')));
  CHECK_FALSE(set.rename("a", "two\nlines"));
  CHECK_FALSE(set.add(kPose, 64, 1 << 20, "wide"));
  CHECK(set.idle());
  set.answered(99, told("a", 5, "x", 1));
  set.answered(99);
  set.failed(99, {Errc::io, "x"});
  CHECK(set.idle());
}

TEST_CASE("slices that a server tells to be nowhere are left out") {
  SliceSet set("me", false);
  auto scene = scene_of(1, {told("here", 1, "them", 0)});
  for (const double far : {std::nan(""), 1e300, -1e10}) {
    auto& slice = *scene.add_slices();
    slice = told("far " + std::to_string(scene.slices_size()), 1, "them", 0);
    slice.mutable_base()->set_z_mm(far);
  }
  auto& thin = *scene.add_slices();
  thin = told("thin", 1, "them", 0);
  thin.mutable_axis1()->set_x_mm(1e-40);
  thin.mutable_axis1()->set_y_mm(0);
  thin.mutable_axis1()->set_z_mm(0);
  set.merge(scene, 7);
  REQUIRE(set.slices().size() == 1);
  CHECK(set.slices()[0].id == "here");
}

TEST_CASE("images of unknown slices and older versions are not shown") {
  SliceSet set("me", false);
  CHECK_FALSE(set.show(image_of("a", 1, 0), 64, 64));
  set.merge(scene_of(1, {told("a", 1, "them", 0)}), 7);
  CHECK(set.show(image_of("a", 5, 0), 64, 64));
  CHECK_FALSE(set.show(image_of("a", 4, 0), 64, 64));
  CHECK(set.show(image_of("a", 5, 0), 32, 32));
  auto restarted = image_of("a", 1, 0);
  restarted.mutable_stamp()->set_instance(8);
  CHECK(set.show(restarted, 64, 64));
}

TEST_CASE("a slice is exact only while its image has the wanted pose") {
  SliceSet set("me", false);
  set.merge(scene_of(1, {told("a", 1, "them", 0)}), 7);
  CHECK_FALSE(set.find("a")->exact());
  set.show(image_of("a", 1, 0), 64, 64);
  CHECK(set.find("a")->exact());
  REQUIRE(set.move("a", at_height(2)));
  CHECK_FALSE(set.find("a")->exact());
  CHECK(set.find("a")->image->pose.base.z == 0);
  set.show(image_of("a", 2, 2), 64, 64);
  CHECK(set.find("a")->exact());
}

TEST_CASE("of many poses only the newest waits, and few are on their way") {
  SliceSet set("me", false, 2);
  set.merge(scene_of(1, {told("a", 1, "them", 0)}), 7);
  REQUIRE(set.move("a", at_height(1)));
  const auto first = set.next_request();
  CHECK_FALSE(set.next_request());
  REQUIRE(set.move("a", at_height(2)));
  const auto second = set.next_request();
  for (int i = 3; i < 100; ++i) REQUIRE(set.move("a", at_height(i)));
  CHECK_FALSE(set.next_request());
  set.answered(first->ticket, echo_of(*first, 2));
  CHECK(set_in(set.next_request()).base().z_mm() == 99);
  CHECK_FALSE(set.next_request());
}

TEST_CASE("the local pose wins until the newest edit is answered, then the server's does") {
  SliceSet set("me", false);
  set.merge(scene_of(1, {told("a", 1, "them", 0)}), 7);
  REQUIRE(set.move("a", at_height(1)));
  const auto request = set.next_request();
  set.merge(scene_of(2, {told("a", 2, "other", 9)}), 7);
  CHECK(set.find("a")->pose.base.z == 1);
  CHECK(set.find("a")->server_pose->base.z == 9);
  CHECK(set.find("a")->author == "me");
  CHECK(set.find("a")->edited);
  set.answered(request->ticket, echo_of(*request, 3));
  CHECK(set.find("a")->pose.base.z == 1);
  CHECK_FALSE(set.find("a")->edited);
  CHECK(set.idle());
  set.merge(scene_of(2, {told("a", 2, "other", 9)}), 7);  // older than the answer
  CHECK(set.find("a")->pose.base.z == 1);
  set.merge(scene_of(4, {told("a", 4, "other", 5)}), 7);
  CHECK(set.find("a")->pose.base.z == 5);
  CHECK(set.find("a")->author == "other");
}

TEST_CASE("a drag sends neither name nor pin, so that others' changes stay") {
  SliceSet set("me", false);
  set.merge(scene_of(1, {told("a", 1, "them", 0)}), 7);
  REQUIRE(set.move("a", at_height(1)));
  auto pinned = told("a", 2, "other", 0);
  pinned.set_pinned(true);
  set.merge(scene_of(2, {pinned}), 7);
  CHECK(set.find("a")->pinned);
  const auto drag = set.next_request();
  CHECK(set_in(drag).name().empty());
  CHECK_FALSE(set_in(drag).has_pinned());
  REQUIRE(set.rename("a", "root"));
  REQUIRE(set.pin("a", false));
  const auto edit = set.next_request();
  CHECK(set_in(edit).name() == "root");
  CHECK(set_in(edit).has_pinned());
}

TEST_CASE("an added slice is there at once, keeps its id, and survives scenes that are older") {
  SliceSet set("view er/1", false);
  set.merge(scene_of(5, {}), 7);
  const auto id = *set.add(kPose, 64, 32, "mine");
  CHECK(id.find_first_of(" /") == std::string::npos);
  set.merge(scene_of(6, {}), 7);
  REQUIRE(set.find(id) != nullptr);
  const auto request = set.next_request();
  CHECK(set_in(request).id() == id);
  CHECK(set_in(request).name() == "mine");
  CHECK(set_in(request).columns() == 32);
  set.answered(request->ticket, echo_of(*request, 8));
  set.merge(scene_of(7, {}), 7);
  CHECK(set.find(id) != nullptr);
  set.merge(scene_of(9, {}), 7);  // somebody else has removed it
  CHECK(set.find(id) == nullptr);
}

TEST_CASE("a duplicate lies beside its original and can be told from it") {
  SliceSet set("me", false);
  const auto id = *set.add(kPose, 64, 64, "mine");
  const auto copy = *set.duplicate(id);
  CHECK(copy != id);
  CHECK(set.find(copy)->name == "mine copy");
  CHECK(set.find(copy)->pose.base.z > kPose.base.z);
}

TEST_CASE("a removed slice goes at once and does not come back with late news") {
  SliceSet set("me", false);
  set.merge(scene_of(2, {told("a", 1, "them", 0), told("b", 2, "them", 0)}), 7);
  set.select("a");
  REQUIRE(set.remove("a"));
  CHECK(set.find("a") == nullptr);
  CHECK(set.selected() == "b");
  const auto request = set.next_request();
  CHECK(std::get<v1::RemoveSlice>(request->body).id() == "a");
  set.merge(scene_of(2, {told("a", 1, "them", 0), told("b", 2, "them", 0)}), 7);
  CHECK(set.find("a") == nullptr);
  set.answered(request->ticket);
  set.merge(scene_of(2, {told("a", 1, "them", 0), told("b", 2, "them", 0)}), 7);
  CHECK(set.find("a") == nullptr);
  CHECK(set.idle());
  set.merge(scene_of(5, {told("a", 5, "other", 0)}), 7);  // made anew
  CHECK(set.find("a") != nullptr);
}

TEST_CASE("a slice that somebody removes while a move of it is on its way is not made anew") {
  SliceSet set("me", false);
  set.merge(scene_of(1, {told("a", 1, "them", 0)}), 7);
  REQUIRE(set.move("a", at_height(1)));
  const auto move = set.next_request();
  set.merge(scene_of(2, {}), 7);
  CHECK(set.find("a") == nullptr);
  CHECK_FALSE(set.next_request());
  set.answered(move->ticket, echo_of(*move, 3));
  set.merge(scene_of(3, {echo_of(*move, 3)}), 7);
  CHECK(set.find("a") == nullptr);
  const auto removal = set.next_request();
  CHECK(std::get<v1::RemoveSlice>(removal.value().body).id() == "a");
  set.answered(removal->ticket);
  set.merge(scene_of(4, {}), 7);
  CHECK(set.slices().empty());
  CHECK(set.idle());
}

TEST_CASE("another server's slices are not taken along") {
  SliceSet set("me", false);
  set.merge(scene_of(9, {told("a", 1, "them", 0)}), 7);
  const auto own = *set.add(kPose, 64, 64, "mine");
  const auto request = set.next_request();
  set.forget_all();
  CHECK(set.slices().empty());
  CHECK(set.selected().empty());
  set.answered(request->ticket, echo_of(*request, 10));
  CHECK(set.idle());
  set.merge(scene_of(1, {told("b", 1, "them", 0)}), 8);
  CHECK(set.slices().size() == 1);
  CHECK_FALSE(set.next_request());
}

TEST_CASE("a slice removed before the server heard of it needs no request") {
  SliceSet set("me", false);
  const auto id = *set.add(kPose, 64, 64, "mine");
  REQUIRE(set.remove(id));
  CHECK_FALSE(set.next_request());
  CHECK(set.idle());
}

TEST_CASE("a lost request is sent again in its newest form") {
  SliceSet set("me", false);
  set.merge(scene_of(1, {told("a", 1, "them", 0)}), 7);
  REQUIRE(set.move("a", at_height(1)));
  const auto first = set.next_request();
  set.failed(first->ticket, {Errc::deadline_exceeded, "no answer"});
  CHECK(set.find("a")->pose.base.z == 1);
  const auto again = set.next_request();
  CHECK(set_in(again).base().z_mm() == 1);
  REQUIRE(set.move("a", at_height(2)));
  set.failed(again->ticket, {Errc::unavailable, "gone"});
  CHECK(set_in(set.next_request()).base().z_mm() == 2);
  CHECK_FALSE(set.next_request());
  CHECK(set.take_refusals().empty());
}

TEST_CASE("a refused edit falls back to the server's state with its reason") {
  SliceSet set("me", false);
  set.merge(scene_of(1, {told("a", 1, "them", 0)}), 7);
  REQUIRE(set.move("a", at_height(1)));
  const auto request = set.next_request();
  set.failed(request->ticket, {Errc::permission_denied, "observers may not move"});
  CHECK(set.find("a")->pose.base.z == 0);
  CHECK(set.find("a")->refusal == "observers may not move");
  CHECK(set.take_refusals().at(0).message == "observers may not move");
  CHECK(set.take_refusals().empty());
  const auto id = *set.add(kPose, 64, 64, "one too many");
  set.failed(set.next_request()->ticket, {Errc::resource_exhausted, "16 slices already"});
  CHECK(set.find(id) == nullptr);
  CHECK(set.take_refusals().at(0).slice == "one too many");
  REQUIRE(set.remove("a"));
  set.failed(set.next_request()->ticket, {Errc::permission_denied, "not yours"});
  CHECK(set.find("a") != nullptr);
  CHECK(set.idle());
}

TEST_CASE("a new instance is told of own and pinned slices, and others' go") {
  SliceSet set("me", false);
  const auto id = *set.add(kPose, 64, 64, "mine");
  const auto request = set.next_request();
  set.answered(request->ticket, echo_of(*request, 1));
  auto pinned = told("p", 2, "them", 4);
  pinned.set_pinned(true);
  set.merge(scene_of(3, {echo_of(*request, 1), pinned, told("x", 3, "them", 0)}), 7);
  REQUIRE(set.slices().size() == 3);
  set.merge(scene_of(0, {}), 8);
  CHECK(set.slices().size() == 2);
  CHECK(set.find("x") == nullptr);
  for (int i = 0; i < 2; ++i) {
    const auto again = set.next_request();
    CHECK(set_in(again).has_pinned());
    set.answered(again->ticket, echo_of(*again, static_cast<std::uint64_t>(i) + 1));
  }
  CHECK_FALSE(set.next_request());
  CHECK(set.find(id)->pose.base.z == kPose.base.z);
}

TEST_CASE("after a lost link own slices whose lease has lapsed are made again") {
  SliceSet set("me", false);
  const auto id = *set.add(kPose, 64, 64, "mine");
  const auto request = set.next_request();
  set.answered(request->ticket, echo_of(*request, 1));
  set.merge(scene_of(1, {echo_of(*request, 1)}), 7);
  set.link_lost();
  set.merge(scene_of(4, {}), 7);
  REQUIRE(set.find(id) != nullptr);
  CHECK(set_in(set.next_request()).id() == id);
}

TEST_CASE("a viewer that becomes an observer sends nothing more and shows the server's state") {
  SliceSet set("me", false);
  set.merge(scene_of(2, {told("a", 1, "them", 0), told("b", 2, "them", 0)}), 7);
  REQUIRE(set.move("a", at_height(1)));
  REQUIRE(set.remove("b"));
  set.set_observer(true);
  CHECK_FALSE(set.next_request());
  CHECK(set.find("a")->pose.base.z == 0);
  CHECK(set.find("b") != nullptr);
  CHECK(set.idle());
}
