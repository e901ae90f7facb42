using System.Text.Json;
using Caas.Core.Erasure;
using Xunit;

namespace Caas.Tests.Erasure;

/// <summary>Where an id stands in what the platform wrote, and where the same letters are something else.</summary>
public sealed class PseudonymsTests
{
    [Theory]
    [InlineData("""{"type":"group","members":[{"userId":"group","role":"owner"}]}""", """{"type":"group","members":[{"userId":"p","role":"owner"}]}""")]
    [InlineData("""{"userIds":["a","group"],"by":"user:group","fields":["group"]}""", """{"userIds":["a","p"],"by":"user:p","fields":["group"]}""")]
    [InlineData("""{"reactions":{"group":{"count":1,"userIds":["group"]}},"thread":{"participantIds":["group"]}}""", """{"reactions":{"group":{"count":1,"userIds":["p"]}},"thread":{"participantIds":["p"]}}""")]
    [InlineData("""{"text":"é @group, a@group @groups @group.","textMentions":["group"],"custom":{"userId":"group"}}""", """{"text":"é @p, a@group @groups @p.","textMentions":["p"],"custom":{"userId":"group"}}""")]
    [InlineData("""{"text":"@group. and @group","textMentions":["group","group."]}""", """{"text":"@group. and @p","textMentions":["p","group."]}""")]
    [InlineData("""{"content":{"text":"the group","mentions":["group"]}}""", """{"content":{"text":"the group","mentions":["p"]}}""")]
    public void Fields_of_users_and_mentions_are_rewritten_and_nothing_else(string before, string after) =>
        Assert.Equal(after, new Pseudonyms("group", "p").Rewrite(JsonElement.Parse(before))!.Value.GetRawText());

    [Theory]
    [InlineData("""{"type":"group","name":"group","custom":{"mentions":["group"]}}""")]
    [InlineData("""{"userId":"groups"}""")]
    public void What_does_not_name_the_user_stays_as_it_is(string data) => Assert.Null(new Pseudonyms("group", "p").Rewrite(JsonElement.Parse(data)));
}
