using System.Buffers.Text;
using System.Net;
using System.Text;
using Xunit;

namespace Caas.Tests.Gateway;

[Collection<GatewayCollection>]
public sealed class CursorTests(GatewayFixture gateway)
{
    [Fact]
    public async Task A_cursor_cannot_be_made_by_hand_nor_changed()
    {
        var tenant = await (await gateway.CreateTenantAsync()).WithUsersAsync("alice", "bob", "carol");
        var next = await NextAsync(tenant.Backend, "/v1/users?limit=1");
        var bytes = Base64Url.DecodeFromChars(next);

        List<string> forged = [Of("1\nusers\nalice"), Of("alice"), Base64Url.EncodeToString([2, .. new byte[16], .. "alice"u8]), next[..^1], next + "AA"];
        forged.AddRange(Enumerable.Range(0, bytes.Length).Select(i => Base64Url.EncodeToString([.. bytes[..i], (byte)(bytes[i] ^ 1), .. bytes[(i + 1)..]])));
        foreach (var cursor in forged)
        {
            await RefusedAsync(tenant.Backend, $"/v1/users?limit=1&cursor={cursor}");
        }

        Assert.Equal("bob", (await tenant.Backend.GetAsync($"/v1/users?limit=1&cursor={next}")).Expect(HttpStatusCode.OK).Items.Single().Id());
    }

    [Fact]
    public async Task A_cursor_goes_with_its_tenant_its_list_and_its_filters_alone()
    {
        var tenant = await (await gateway.CreateTenantAsync()).WithUsersAsync("alice", "albert", "bob");
        var other = await (await gateway.CreateTenantAsync()).WithUsersAsync("alice", "albert", "bob");
        var (one, two) = (await tenant.CreateGroupAsync("alice", "albert", "bob"), await tenant.CreateGroupAsync("alice", "albert", "bob"));
        var users = await NextAsync(tenant.Backend, "/v1/users?limit=1&query=al");
        var members = await NextAsync(tenant.Backend, $"/v1/conversations/{one}/members?limit=1");
        var whole = await NextAsync(tenant.Backend, "/v1/conversations?limit=1");
        var alices = await NextAsync(tenant.OnBehalfOf("alice"), "/v1/conversations?limit=1");

        await RefusedAsync(other.Backend, $"/v1/users?query=al&cursor={users}");
        await RefusedAsync(tenant.Backend, $"/v1/users?cursor={users}");
        await RefusedAsync(tenant.Backend, $"/v1/users?query=alb&cursor={users}");
        await RefusedAsync(tenant.Backend, $"/v1/api-keys?cursor={users}");
        await RefusedAsync(gateway.Admin, $"/v1/tenants?cursor={users}");
        await RefusedAsync(tenant.Backend, $"/v1/conversations/{two}/members?cursor={members}");
        await RefusedAsync(tenant.Backend, $"/v1/conversations?cursor={alices}");
        await RefusedAsync(tenant.OnBehalfOf("bob"), $"/v1/conversations?cursor={alices}");
        await RefusedAsync(tenant.OnBehalfOf("alice"), $"/v1/conversations?cursor={whole}");

        // How long a page is, is no filter.
        Assert.Single((await tenant.Backend.GetAsync($"/v1/users?limit=9&query=al&cursor={users}")).Expect(HttpStatusCode.OK).Items);
    }

    private static async Task<string> NextAsync(Api api, string path) => (await api.GetAsync(path)).Expect(HttpStatusCode.OK)["next"].GetString()!;

    private static async Task RefusedAsync(Api api, string path) => (await api.GetAsync(path)).ExpectProblem(HttpStatusCode.BadRequest, "invalid_cursor");

    private static string Of(string text) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(text));
}

internal static class CursorTestExtensions
{
    public static string? Id(this System.Text.Json.JsonElement item) => item.GetProperty("id").GetString();
}
