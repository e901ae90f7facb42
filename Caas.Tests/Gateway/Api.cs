using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Xunit;

namespace Caas.Tests.Gateway;

/// <summary>The REST API as one caller uses it.</summary>
public sealed class Api(HttpClient http, params (string Name, string Value)[] credentials)
{
    private static readonly JsonSerializerOptions Web = new(JsonSerializerDefaults.Web);

    public HttpClient Http => http;

    public Api With(string name, string value) => new(http, [.. credentials, (name, value)]);

    public Task<Answer> GetAsync(string path, params (string, string)[] headers) => SendAsync(HttpMethod.Get, path, null, headers);

    public Task<Answer> PostAsync(string path, object? body = null, params (string, string)[] headers) => SendAsync(HttpMethod.Post, path, body, headers);

    public Task<Answer> PutAsync(string path, object? body = null, params (string, string)[] headers) => SendAsync(HttpMethod.Put, path, body, headers);

    public Task<Answer> PatchAsync(string path, object? body = null, params (string, string)[] headers) => SendAsync(HttpMethod.Patch, path, body, headers);

    public Task<Answer> DeleteAsync(string path, params (string, string)[] headers) => SendAsync(HttpMethod.Delete, path, null, headers);

    /// <param name="body">JSON as a string, or an object to be made JSON of.</param>
    public Task<Answer> SendAsync(HttpMethod method, string path, object? body, params (string Name, string Value)[] headers) =>
        SendAsync(method, path, body is null ? null : new StringContent(body as string ?? JsonSerializer.Serialize(body, Web), Encoding.UTF8, "application/json"), headers);

    public async Task<Answer> SendAsync(HttpMethod method, string path, HttpContent? content, params (string Name, string Value)[] headers)
    {
        var cancelled = TestContext.Current.CancellationToken;
        using var request = new HttpRequestMessage(method, path) { Content = content };
        foreach (var (name, value) in credentials.Concat(headers))
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        using var response = await http.SendAsync(request, cancelled);
        return new(response.StatusCode, await response.Content.ReadAsStringAsync(cancelled), response.Headers, response.Content.Headers);
    }
}

/// <summary>What the API answered.</summary>
public sealed record Answer(HttpStatusCode Status, string Text, HttpResponseHeaders Headers, HttpContentHeaders ContentHeaders)
{
    private JsonElement? _json;

    public JsonElement Json => _json ??= JsonSerializer.Deserialize<JsonElement>(Text);

    public JsonElement this[string property] => Json.GetProperty(property);

    public string Id => this["id"].GetString()!;

    public IReadOnlyList<JsonElement> Items => [.. this["items"].EnumerateArray()];

    public string? Header(string name) => Headers.TryGetValues(name, out var values) || ContentHeaders.TryGetValues(name, out values) ? string.Join(", ", values) : null;

    /// <summary>This answer, if it has the status.</summary>
    public Answer Expect(HttpStatusCode status)
    {
        Assert.True(Status == status, $"Expected {(int)status}, got {(int)Status}: {Text}");
        return this;
    }

    /// <summary>This answer, if it is a whole problem with the code, and names the field when one is given.</summary>
    public Answer ExpectProblem(HttpStatusCode status, string code, string? field = null)
    {
        Expect(status);
        Assert.Equal("application/problem+json", ContentHeaders.ContentType?.MediaType);
        Assert.Equal(code, this["code"].GetString());
        Assert.Equal((int)status, this["status"].GetInt32());
        Assert.Equal($"urn:caas:problem:{code}", this["type"].GetString());
        Assert.NotEmpty(this["title"].GetString()!);
        Assert.NotEmpty(this["traceId"].GetString()!);
        Assert.DoesNotContain("Caas.", Text, StringComparison.Ordinal);
        Assert.DoesNotContain("System.", Text, StringComparison.Ordinal);
        if (field is not null)
        {
            Assert.Contains(field, this["detail"].GetString(), StringComparison.Ordinal);
            Assert.True(this["errors"].TryGetProperty(field, out _), $"errors does not name {field}: {Text}");
        }

        return this;
    }
}
