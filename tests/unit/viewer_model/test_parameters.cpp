#include "viewer/model/parameters_model.h"

using namespace slicecast;
using namespace slicecast::viewer;
using Catch::Matchers::Contains;

namespace {

v1::ParameterValue real(double number) {
  v1::ParameterValue value;
  value.set_real(number);
  return value;
}

v1::Parameters declared(double axis, double tilt, std::uint64_t revision) {
  v1::Parameters all;
  all.set_revision(revision);
  const auto add = [&](const char* name, const char* unit, double value, double low, double high) {
    auto& p = *all.add_parameters();
    p.set_name(name);
    p.set_type(v1::REAL);
    p.set_unit(unit);
    p.set_minimum(low);
    p.set_maximum(high);
    p.set_live(true);
    *p.mutable_value() = real(value);
  };
  add("axis_column", "px", axis, -1, 65535);
  add("tilt", "deg", tilt, -90, 90);
  auto& filter = *all.add_parameters();
  filter.set_name("filter");
  filter.set_type(v1::CHOICE);
  filter.add_choices("ram_lak");
  filter.add_choices("hann");
  filter.set_live(true);
  filter.mutable_value()->set_text("ram_lak");
  auto& store = *all.add_parameters();
  store.set_name("store");
  store.set_type(v1::TEXT);
  store.mutable_value()->set_text("half");
  return all;
}

struct Model {
  ParametersModel model;
  Model() { model.received("projection", 1, declared(100, 0, 1)); }
  double axis() const { return model.find("projection", "axis_column")->shown.real(); }
  EditState state() const { return model.find("projection", "axis_column")->state; }
  Result<void> edit(double value, std::uint64_t gesture = 0) {
    return model.edit("projection", "axis_column", real(value), gesture);
  }
  // The server applies what is sent until nothing more waits.
  void settle(std::uint64_t& revision) {
    while (auto request = model.next_request()) {
      const double value = request->body.values().begin()->second.real();
      model.answered(request->ticket, declared(value, 0, ++revision));
    }
  }
};

}  // namespace

TEST_CASE("edits that make no sense never leave the viewer") {
  Model m;
  CHECK_FALSE(m.model.edit("nobody", "axis_column", real(1)));
  CHECK_FALSE(m.model.edit("projection", "axis", real(1)));
  const auto range = m.edit(70000);
  REQUIRE_FALSE(range);
  CHECK_THAT(range.error().message, Contains("from -1 to 65535 px"));
  CHECK_FALSE(m.edit(NAN));
  v1::ParameterValue text;
  text.set_text("cosine");
  const auto choice = m.model.edit("projection", "filter", text);
  REQUIRE_FALSE(choice);
  CHECK_THAT(choice.error().message, Contains("ram_lak, hann"));
  text.set_text("float");
  const auto fixed = m.model.edit("projection", "store", text);
  REQUIRE_FALSE(fixed);
  CHECK_THAT(fixed.error().message, Contains("configuration"));
  CHECK_FALSE(m.model.next_request());
  CHECK_FALSE(m.model.can_undo());
}

TEST_CASE("a refused edit shows the server's words and value and cannot be undone") {
  Model m;
  REQUIRE(m.edit(120));
  CHECK(m.state() == EditState::pending);
  const auto request = m.model.next_request();
  m.model.answered(request->ticket, Error{Errc::invalid_argument, "outside of the detector"});
  CHECK(m.state() == EditState::rejected);
  CHECK(m.model.find("projection", "axis_column")->message == "outside of the detector");
  CHECK(m.axis() == 100);
  CHECK_FALSE(m.model.can_undo());
}

TEST_CASE("an edit is pending until the echo and applied after it") {
  Model m;
  REQUIRE(m.edit(120));
  CHECK(m.axis() == 120);
  const auto request = m.model.next_request();
  REQUIRE(request);
  CHECK(m.state() == EditState::pending);
  m.model.answered(request->ticket, declared(120, 0, 2));
  CHECK(m.state() == EditState::applied);
  CHECK(m.model.revision("projection") == 2);
}

TEST_CASE("dragging keeps one request in flight and sends only the newest value after it") {
  Model m;
  for (int i = 1; i <= 50; ++i) REQUIRE(m.edit(100 + i, 5));
  const auto first = m.model.next_request();
  REQUIRE(first);
  CHECK(first->body.values().at("axis_column").real() == 150);
  for (int i = 51; i <= 90; ++i) {
    REQUIRE(m.edit(100 + i, 5));
    CHECK_FALSE(m.model.next_request());
  }
  m.model.answered(first->ticket, declared(150, 0, 2));
  CHECK(m.axis() == 190);
  CHECK(m.state() == EditState::pending);
  const auto second = m.model.next_request();
  CHECK(second->body.values().at("axis_column").real() == 190);
  m.model.answered(second->ticket, declared(190, 0, 3));
  CHECK_FALSE(m.model.next_request());
  // The whole drag is one step.
  CHECK(m.model.undo().done);
  CHECK(m.axis() == 100);
  CHECK_FALSE(m.model.can_undo());
}

TEST_CASE("a lost request is sent again, unless a newer value waits") {
  Model m;
  REQUIRE(m.edit(120));
  const auto lost = m.model.next_request();
  m.model.answered(lost->ticket, Error{Errc::deadline_exceeded, "no answer"});
  const auto again = m.model.next_request();
  REQUIRE(again);
  CHECK(again->body.values().at("axis_column").real() == 120);
  REQUIRE(m.edit(130));
  m.model.answered(again->ticket, Error{Errc::deadline_exceeded, "no answer"});
  CHECK(m.model.next_request()->body.values().at("axis_column").real() == 130);
  CHECK_FALSE(m.model.next_request());
}

TEST_CASE("undo and redo walk over the steps of all services") {
  Model m;
  std::uint64_t revision = 1;
  m.model.received("other", 4, declared(10, 0, 1));
  REQUIRE(m.edit(120));
  m.settle(revision);
  REQUIRE(m.model.edit("other", "axis_column", real(11)));
  m.settle(revision);
  CHECK_THAT(m.model.undo().text, Contains("back to 10"));
  m.settle(revision);
  CHECK(m.model.find("other", "axis_column")->shown.real() == 10);
  CHECK(m.model.undo().done);
  m.settle(revision);
  CHECK(m.axis() == 100);
  CHECK_FALSE(m.model.undo().done);
  CHECK(m.model.redo().done);
  m.settle(revision);
  CHECK(m.axis() == 120);
}

TEST_CASE("what somebody else changed is not undone silently") {
  Model m;
  std::uint64_t revision = 1;
  REQUIRE(m.edit(120));
  m.settle(revision);
  m.model.received("projection", 1, declared(140, 0, ++revision));
  CHECK(m.model.find("projection", "axis_column")->changed_elsewhere);
  const auto asked = m.model.undo();
  CHECK_FALSE(asked.done);
  CHECK(asked.conflict);
  CHECK_THAT(asked.text, Contains("140") && Contains("somebody else"));
  CHECK(m.axis() == 140);
  CHECK(m.model.undo(true).done);
  CHECK(m.axis() == 100);
}

TEST_CASE("an undo that the server refuses can be tried again") {
  Model m;
  std::uint64_t revision = 1;
  REQUIRE(m.edit(120));
  m.settle(revision);
  REQUIRE(m.model.undo().done);
  m.model.answered(m.model.next_request()->ticket, Error{Errc::permission_denied, "observer"});
  CHECK(m.axis() == 120);
  CHECK(m.model.can_undo());
  CHECK_FALSE(m.model.can_redo());
}

TEST_CASE("a restarted or absent service gives up what was on its way") {
  Model m;
  REQUIRE(m.edit(120));
  const auto request = m.model.next_request();
  m.model.gone("projection");
  CHECK(m.state() == EditState::rejected);
  CHECK_FALSE(m.edit(130));
  m.model.answered(request->ticket, declared(120, 0, 9));  // too late, ignored
  m.model.received("projection", 2, declared(100, 0, 1));
  CHECK(m.axis() == 100);
  CHECK(m.model.revision("projection") == 1);
  CHECK(m.edit(130));
}

TEST_CASE("arrow keys step the axis by a pixel and the tilt by a tenth of a degree") {
  Model m;
  const auto press = [&](const char* name, int direction, StepSize size) {
    return m.model.step("projection", name, direction, size);
  };
  REQUIRE(press("axis_column", 1, StepSize::normal));
  REQUIRE(press("axis_column", 1, StepSize::coarse));
  REQUIRE(press("axis_column", -1, StepSize::fine));
  CHECK(m.axis() == Approx(110.9));
  for (int i = 0; i < 10; ++i) REQUIRE(press("tilt", 1, StepSize::fine));
  CHECK(m.model.find("projection", "tilt")->shown.real() == Approx(0.1).margin(1e-12));
  m.model.received("projection", 2, declared(-1, 0, 1));
  CHECK_FALSE(press("axis_column", 1, StepSize::normal));
  REQUIRE(m.model.step("projection", "axis_column", 1, StepSize::normal, 319.5));
  CHECK(m.axis() == 320.5);
}

TEST_CASE("the axis is never set between the scan's -1 and column 0") {
  Model m;
  CHECK_FALSE(m.edit(-0.9));
  const auto told = m.edit(-0.001);
  REQUIRE_FALSE(told);
  CHECK_THAT(told.error().message, Contains("from 0 on, or -1"));
  CHECK_FALSE(m.model.next_request());
  CHECK(m.edit(-1));
  m.model.received("projection", 2, declared(3, 0, 1));
  REQUIRE(m.model.step("projection", "axis_column", -1, StepSize::coarse));
  CHECK(m.axis() == 0);
  m.model.received("projection", 3, declared(-1, 0, 1));
  CHECK_FALSE(m.model.step("projection", "axis_column", 1, StepSize::normal, -1));  // no scan yet
}

TEST_CASE("a drag begins where the value in use is and ends where the service says") {
  const auto all = declared(-1, 0, 1);
  const v1::Parameter &axis = all.parameters(0), &tilt = all.parameters(1);
  CHECK_FALSE(drag_range(axis, real(-1)));
  CHECK_FALSE(drag_range(axis, real(-1), -1));
  CHECK_FALSE(drag_range(all.parameters(2), all.parameters(2).value()));
  const auto from_scan = drag_range(axis, real(-1), 127.5),
             from_set = drag_range(axis, real(12), 127.5);
  REQUIRE(from_scan);
  CHECK(from_scan->from == 127.5);
  CHECK(from_scan->low == 0);
  CHECK(from_scan->high == 65535);
  CHECK(from_set->from == 12);
  CHECK(drag_range(tilt, real(-1), 127.5)->from == -1);
  CHECK(drag_range(tilt, real(-1))->low == -90);
}

TEST_CASE("values are read from text as the service declares them") {
  const auto all = declared(100, 0, 1);
  CHECK(value_from_text(all.parameters(0), " 12.5 ")->real() == 12.5);
  CHECK_FALSE(value_from_text(all.parameters(0), "12.5 px"));
  CHECK_FALSE(value_from_text(all.parameters(0), ""));
  CHECK(value_from_text(all.parameters(2), "hann")->text() == "hann");
  v1::Parameter list;
  list.set_name("roi");
  list.set_type(v1::REALS);
  list.set_live(true);
  CHECK(to_text(*value_from_text(list, "1, 2,3.5")) == "1, 2, 3.5");
  CHECK(value_from_text(list, "")->reals().values_size() == 0);
  CHECK_FALSE(value_from_text(list, "1,,2"));
}
