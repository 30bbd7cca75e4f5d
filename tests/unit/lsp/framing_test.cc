#include "controller/lsp/framing.h"

#include <vector>

#include <gtest/gtest.h>

namespace plumbline {
namespace {

std::vector<std::string> bodies(MessageReader& reader) {
  std::vector<std::string> all;
  while (auto body = reader.next()) {
    all.push_back(*body);
  }
  return all;
}

TEST(Framing, MessagesCutAnywhereAreWhole) {
  const std::string stream = frame("{\"a\":1}") + frame("") + frame("é");
  for (std::size_t size = 1; size <= stream.size(); ++size) {
    MessageReader reader;
    std::vector<std::string> all;
    for (std::size_t at = 0; at < stream.size(); at += size) {
      reader.feed(std::string_view(stream).substr(at, size));
      for (std::string& body : bodies(reader)) {
        all.push_back(std::move(body));
      }
    }
    EXPECT_EQ(all, (std::vector<std::string>{"{\"a\":1}", "", "é"})) << size;
    EXPECT_EQ(reader.take_fault(), "");
  }
}

TEST(Framing, HeadersMayHaveAnyCaseAndCompany) {
  MessageReader reader;
  reader.feed(
      "Content-Type: application/vscode-jsonrpc; charset=utf-8\r\ncontent-LENGTH:  2 \r\n\r\n{}"
  );
  EXPECT_EQ(bodies(reader), std::vector<std::string>{"{}"});
}

TEST(Framing, AHeaderWithoutALengthIsPassedOver) {
  for (const char* bad :
       {"Content-Type: x",
        "Content-Length: -1",
        "Content-Length: two",
        "Content-Length: 1e3",
        "Content-Length: 99999999999999999999999",
        "Content-Length: 1\r\nContent-Length: 2",
        "Content-Length:",
        "GET / HTTP/1.1"}) {
    MessageReader reader;
    reader.feed(std::string(bad) + "\r\n\r\n" + frame("{}"));
    EXPECT_EQ(bodies(reader), std::vector<std::string>{"{}"}) << bad;
    EXPECT_NE(reader.take_fault(), "") << bad;
    EXPECT_EQ(reader.take_fault(), "") << "said once";
  }
}

TEST(Framing, AMessageThatIsTooLongIsPassedOverUnkept) {
  MessageReader reader;
  reader.feed("Content-Length: 1000000000000\r\n\r\n");
  const std::string chunk(1 << 20, 'x');
  for (int i = 0; i < 100; ++i) {
    reader.feed(chunk);
    EXPECT_EQ(reader.next(), std::nullopt);
  }
  EXPECT_EQ(reader.take_fault(), "passed over a message of 1000000000000 bytes");
  MessageReader short_one;
  const std::string length = std::to_string(MessageReader::kMaxBody + 1);
  short_one.feed("Content-Length: " + length + "\r\n\r\n" + chunk);
  EXPECT_EQ(short_one.next(), std::nullopt);
  for (int i = 0; i < 63; ++i) {
    short_one.feed(chunk);
  }
  short_one.feed("x" + frame("{}"));
  EXPECT_EQ(bodies(short_one), std::vector<std::string>{"{}"}) << "what follows is read";
}

TEST(Framing, BytesWithoutAHeaderDoNotPileUp) {
  MessageReader reader;
  for (int i = 0; i < 100; ++i) {
    reader.feed(std::string(9000, 'z'));
    EXPECT_EQ(reader.next(), std::nullopt);
  }
  EXPECT_NE(reader.take_fault(), "");
  reader.feed("\r\n\r\n" + frame("{}"));
  EXPECT_EQ(bodies(reader), std::vector<std::string>{"{}"});
}

}  // namespace
}  // namespace plumbline
