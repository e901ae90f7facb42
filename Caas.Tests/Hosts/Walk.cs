using System.Net;
using System.Net.Http.Json;
using Caas.Contracts;
using Xunit;

namespace Caas.Tests.Hosts;

/// <summary>The README's walk: a tenant, its key, two users, a conversation, two clients on two replicas.</summary>
internal sealed class Walk(Uri gateway, IReadOnlyList<Uri> replicas, string adminKey, string tenant = "acme") : IDisposable
{
    public const string Room = "lobby";

    private readonly HttpClient _http = new() { BaseAddress = gateway, Timeout = TimeSpan.FromSeconds(60) };
    private string _apiKey = "";

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    /// <summary>The tenant, its API key, users and the conversation.</summary>
    public async Task PrepareAsync()
    {
        await AsAdminAsync("/v1/tenants", new CreateTenantRequest("Acme", tenant), HttpStatusCode.Created);
        using var key = await AsAdminAsync($"/v1/tenants/{tenant}/api-keys", new CreateApiKeyRequest("backend"), HttpStatusCode.Created);
        _apiKey = (await key.Content.ReadFromJsonAsync<CreatedApiKeyResponse>(CaasJson.Options, Cancelled))!.Key;
        await AsBackendAsync("/v1/users/batch", new { users = new[] { new { id = "alice", name = "Alice" }, new { id = "bob", name = "Bob" } } });
        await AsBackendAsync("/v1/conversations", new { type = "group", id = Room, name = "Lobby", memberIds = new[] { "alice", "bob" } });
    }

    /// <summary>The tenant is there already: another key for its backend.</summary>
    public async Task ComeBackAsync()
    {
        using var key = await AsAdminAsync($"/v1/tenants/{tenant}/api-keys", new CreateApiKeyRequest("backend again"), HttpStatusCode.Created);
        _apiKey = (await key.Content.ReadFromJsonAsync<CreatedApiKeyResponse>(CaasJson.Options, Cancelled))!.Key;
    }

    public async Task<string> TokenAsync(string user)
    {
        using var answer = await AsBackendAsync($"/v1/users/{user}/tokens", new { });
        return (await answer.Content.ReadFromJsonAsync<TokenResponse>(CaasJson.Options, Cancelled))!.Token;
    }

    /// <param name="replica">Which one; null: the one that the gateway chooses.</param>
    public async Task<LiveClient> ConnectAsync(string user, int? replica = null) =>
        await LiveClient.ConnectAsync(replica is { } index ? replicas[index] : gateway, await TokenAsync(user), Room, Cancelled);

    /// <summary>The whole log, as the backend reads it.</summary>
    public async Task<IReadOnlyList<EntryResponse>> LogAsync()
    {
        var all = new List<EntryResponse>();
        while (true)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, $"/v1/conversations/{Room}/entries?limit=1000&after={(all.Count == 0 ? 0 : all[^1].Seq)}");
            request.Headers.Add("X-Api-Key", _apiKey);
            using var answer = await _http.SendAsync(request, Cancelled);
            answer.EnsureSuccessStatusCode();
            var page = (await answer.Content.ReadFromJsonAsync<EntryPage>(CaasJson.Options, Cancelled))!;
            all.AddRange(page.Items);
            if (page.Complete)
            {
                return all;
            }
        }
    }

    /// <summary>Two users on two replicas see each other's message; one disconnects, misses three, resumes with its last seq and has them in order.</summary>
    public async Task TwoUsersOnTwoReplicasAsync()
    {
        var round = Guid.NewGuid().ToString("n")[..6];
        await using var alice = await ConnectAsync("alice", 0);
        var bob = await ConnectAsync("bob", 1);
        await alice.JoinAsync(0, Cancelled);
        await bob.JoinAsync(0, Cancelled);

        var hello = await alice.SendAsync($"{round} hello from the first replica", null, Cancelled);
        await bob.HasAsync(hello.Seq, Cancelled);
        var answer = await bob.SendAsync($"{round} hello from the second one", null, Cancelled);
        await alice.HasAsync(answer.Seq, Cancelled);
        await bob.HasAsync(answer.Seq, Cancelled);
        Assert.Contains(answer.Seq, alice.Live);
        Assert.Contains(hello.Seq, bob.Live);

        var last = bob.LastSeq;
        await bob.DisposeAsync();
        var missed = new List<long>();
        for (var i = 1; i <= 3; i++)
        {
            missed.Add((await alice.SendAsync($"{round} missed {i}", null, Cancelled)).Seq);
        }

        // By the gateway this time: it redirects to a replica that lives.
        await using var again = await ConnectAsync("bob");
        var resumed = await again.JoinAsync(last, Cancelled);
        Assert.Equal(missed, resumed.Select(entry => entry.Seq));
        Assert.Equal([$"{round} missed 1", $"{round} missed 2", $"{round} missed 3"], resumed.Select(entry => entry.Message!.Text));
        Assert.Equal(Enumerable.Range((int)last + 1, 3).Select(seq => (long)seq), missed);
    }

    public void Dispose() => _http.Dispose();

    private async Task<HttpResponseMessage> AsAdminAsync<T>(string path, T body, HttpStatusCode expected)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = JsonContent.Create(body, options: CaasJson.Options) };
        request.Headers.Authorization = new("Bearer", adminKey);
        var answer = await _http.SendAsync(request, Cancelled);
        Assert.True(answer.StatusCode == expected, $"{path}: {answer.StatusCode} {await answer.Content.ReadAsStringAsync(Cancelled)}");
        return answer;
    }

    private async Task<HttpResponseMessage> AsBackendAsync<T>(string path, T body)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = JsonContent.Create(body) };
        request.Headers.Add("X-Api-Key", _apiKey);
        var answer = await _http.SendAsync(request, Cancelled);
        Assert.True(answer.IsSuccessStatusCode, $"{path}: {answer.StatusCode} {await answer.Content.ReadAsStringAsync(Cancelled)}");
        return answer;
    }
}
