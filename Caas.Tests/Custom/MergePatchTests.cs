using System.Text.Json;
using Caas.Core.Custom;
using Xunit;

namespace Caas.Tests.Custom;

/// <summary>RFC 7396; the first cases are those of its appendix A whose patch is an object.</summary>
public sealed class MergePatchTests
{
    [Theory]
    [InlineData("""{"a":"b"}""", """{"a":"c"}""", """{"a":"c"}""")]
    [InlineData("""{"a":"b"}""", """{"b":"c"}""", """{"a":"b","b":"c"}""")]
    [InlineData("""{"a":"b"}""", """{"a":null}""", """{}""")]
    [InlineData("""{"a":"b","b":"c"}""", """{"a":null}""", """{"b":"c"}""")]
    [InlineData("""{"a":["b"]}""", """{"a":"c"}""", """{"a":"c"}""")]
    [InlineData("""{"a":"c"}""", """{"a":["b"]}""", """{"a":["b"]}""")]
    [InlineData("""{"a":{"b":"c"}}""", """{"a":{"b":"d","c":null}}""", """{"a":{"b":"d"}}""")]
    [InlineData("""{"a":[{"b":"c"}]}""", """{"a":[1]}""", """{"a":[1]}""")]
    [InlineData("""{"e":null}""", """{"a":1}""", """{"e":null,"a":1}""")]
    [InlineData("""[1,2]""", """{"a":"b","c":null}""", """{"a":"b"}""")]
    [InlineData("""{}""", """{"a":{"bb":{"ccc":null}}}""", """{"a":{"bb":{}}}""")]
    [InlineData(null, """{"a":null,"b":{"c":null,"d":[null]}}""", """{"b":{"d":[null]}}""")]
    [InlineData("""{"a":1,"b":2}""", """{}""", """{"a":1,"b":2}""")]
    [InlineData("""{"a":1}""", """{"b":1,"b":null}""", """{"a":1}""")]
    [InlineData("""{"":1,"é😀":2}""", """{"":null,"é😀":{"$x.y":1e300}}""", """{"é😀":{"$x.y":1e300}}""")]
    public void What_a_patch_makes(string? target, string patch, string merged) =>
        Assert.Equal(
            JsonDocument.Parse(merged).RootElement.ToString(),
            JsonDocument.Parse(MergePatch.Apply(target is null ? null : JsonDocument.Parse(target).RootElement, JsonDocument.Parse(patch).RootElement).GetRawText()).RootElement.ToString(),
            (one, other) => JsonElement.DeepEquals(JsonDocument.Parse(one!).RootElement, JsonDocument.Parse(other!).RootElement));

    [Theory]
    [InlineData("""{"a":1,"b":{"c":2,"d":{"e":3}}}""", """{"b":{"d":{"f":4}},"g":[null]}""", """{"b":{"d":{"f":4,"e":null},"c":null},"g":[null],"a":null}""")]
    [InlineData("""{"a":{"b":1}}""", """{"a":[{"b":1}]}""", """{"a":[{"b":1}]}""")]
    [InlineData("""{"a":1}""", """{"a":{"b":{"c":1}}}""", """{"a":{"b":{"c":1}}}""")]
    [InlineData("""{"a":1,"b":[1]}""", """{"b":[1],"a":1}""", "{}")]
    [InlineData("""{}""", """{}""", "{}")]
    public void What_patch_makes_one_of_another(string before, string after, string patch)
    {
        var (from, to) = (JsonDocument.Parse(before).RootElement, JsonDocument.Parse(after).RootElement);
        var between = MergePatch.Between(from, to);
        Assert.True(JsonElement.DeepEquals(JsonDocument.Parse(patch).RootElement, between), between.GetRawText());
        Assert.True(JsonElement.DeepEquals(to, MergePatch.Apply(from, between)));
    }
}
