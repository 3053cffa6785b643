// What is kept by the names of services, and when it goes.
#include "tests/unit/viewer_model/images.h"
#include "viewer/model/absence.h"
#include "viewer/model/health.h"
#include "viewer/model/parameters_model.h"

using namespace slicecast;
using namespace slicecast::viewer;
using namespace slicecast::viewer::testing;
using Names = std::set<std::string>;

TEST_CASE("a name that is listed, or that nothing is kept of, is never over") {
  Absence absence(10 * kSecond);
  CHECK(absence.over({"a"}, {"a", "b"}, 0).empty());
  CHECK(absence.over({"a"}, {"a"}, 1000 * kSecond).empty());
  CHECK(absence.over({}, {}, 2000 * kSecond).empty());
}

TEST_CASE("a name is over when no list had it for the patience, and a restart begins anew") {
  Absence absence(10 * kSecond);
  CHECK(absence.over({"a", "b"}, {"b"}, 0).empty());
  CHECK(absence.over({"a", "b"}, {"b"}, 9 * kSecond).empty());
  CHECK(absence.over({"a", "b"}, {"a"}, 9 * kSecond).empty());  // back; b leaves
  CHECK(absence.over({"a", "b"}, {}, 18 * kSecond).empty());
  CHECK(absence.over({"a", "b"}, {}, 19 * kSecond) == Names{"b"});
  CHECK(absence.over({"a"}, {}, 28 * kSecond) == Names{"a"});
}

TEST_CASE("a plugin that has left takes no time any more, and no loss of it is told") {
  Health health;
  health.overlay_shown("threshold", 12, kSecond);
  health.overlay_refused("liar", "it lies", kSecond);
  v1::Status status;
  status.set_service("liar");
  status.add_ledgers()->set_flow("slices");
  (*status.mutable_ledgers(0)->mutable_dropped())["failed"] = 3;
  health.status(status, kSecond);
  REQUIRE(health.rows(kSecond).size() > 2);
  health.keep({"threshold"});
  const auto rows = health.rows(kSecond);
  REQUIRE(rows.size() == 1);
  CHECK(rows[0].id == "plugin.threshold");
  health.keep({});
  CHECK(health.rows(kSecond).empty());
}

TEST_CASE("parameters of servers that were left are neither listed, undone nor answered for") {
  ParametersModel model;
  v1::Parameters declared;
  declared.set_revision(1);
  auto& axis = *declared.add_parameters();
  axis.set_name("axis");
  axis.set_type(v1::REAL);
  axis.set_live(true);
  axis.mutable_value()->set_real(1);
  axis.set_minimum(0);
  axis.set_maximum(10);
  model.received("one", 1, declared);
  model.received("two", 1, declared);
  v1::ParameterValue two;
  two.set_real(2);
  REQUIRE(model.edit("one", "axis", two));
  REQUIRE(model.edit("two", "axis", two));
  const auto request = model.next_request();
  REQUIRE(request);
  model.forget("one");
  CHECK(model.services() == std::vector<std::string>{"two"});
  CHECK(model.can_undo());
  model.forget_all();
  CHECK(model.services().empty());
  CHECK_FALSE(model.can_undo());
  CHECK_FALSE(model.next_request());
  model.received("one", 2, declared);
  model.answered(request->ticket, declared);  // late, from before
  CHECK(model.find("one", "axis")->shown.real() == 1);
  CHECK_FALSE(model.can_undo());
}
