using System.Net;
using Caas.Contracts;
using Caas.Core.Conversations;
using Caas.Core.Permissions;
using Caas.Core.Pins;
using Caas.Core.Tenants;
using Caas.Tests.Deployment;
using Caas.Tests.Gateway;
using Caas.Tests.Realtime;
using Xunit;

namespace Caas.Tests.Permissions;

[Collection<GatewayCollection>]
public sealed class PermissionTests(GatewayFixture gateway)
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_page_about_roles_shows_the_table_of_the_code()
    {
        var page = await File.ReadAllTextAsync(Scripts.InRepository("docs/roles.md"), Cancelled);
        var table = string.Join('\n', PermissionTable.Rows.Select(row => $"| `{PermissionTable.NameOf(row.Right)}` | {row.Meaning} | {Cell(row.Direct)} | {Cell(row.Group)} | {Cell(row.Channel)} |"));
        Assert.True(page.Contains(table, StringComparison.Ordinal), $"docs/roles.md must hold:\n{table}");
    }

    [Fact]
    public void Every_right_has_one_row_and_every_owner_can_take_care_of_the_conversation()
    {
        Assert.Equal(Enum.GetValues<Right>(), PermissionTable.Rows.Select(row => row.Right));
        Assert.All(PermissionTable.Rows, row => Assert.All(Enum.GetValues<ConversationType>(), type => Assert.True(row.Of(type).HasFlag(Roles.Owner))));
    }

    [Fact]
    public void What_a_tenant_changes_counts_for_that_type_role_and_right_alone()
    {
        var changes = new TenantPermissions(Group: new(Member: new Dictionary<string, bool> { ["pin"] = true, ["write"] = false, ["read"] = false }));
        foreach (var type in Enum.GetValues<ConversationType>())
        {
            foreach (var role in Enum.GetValues<MemberRole>())
            {
                foreach (var right in Enum.GetValues<Right>())
                {
                    var changed = type == ConversationType.Group && role == MemberRole.Member && right is Right.Pin or Right.Write;
                    Assert.Equal(PermissionTable.Allows(type, role, right) ^ changed, PermissionTable.Allows(type, role, right, changes));
                }
            }
        }
    }

    [Fact]
    public async Task A_tenants_own_table_is_checked_and_given_back()
    {
        var tenant = await gateway.CreateTenantAsync();
        const string Settings = "/v1/tenant/settings";
        (await tenant.Backend.PutAsync(Settings, """{"permissions":{"group":{"member":{"fly":true}}}}""")).ExpectProblem(HttpStatusCode.BadRequest, "validation_failed", "permissions.group.member");
        (await tenant.Backend.PutAsync(Settings, """{"permissions":{"channel":{"reader":{"read":false}}}}""")).ExpectProblem(HttpStatusCode.BadRequest, "validation_failed", "permissions.channel.reader");
        (await tenant.Backend.PutAsync(Settings, """{"permissions":{"chanel":{}}}""")).ExpectProblem(HttpStatusCode.BadRequest, "validation_failed");
        (await tenant.Backend.PutAsync(Settings, """{"permissions":{"channel":{"guest":{}}}}""")).ExpectProblem(HttpStatusCode.BadRequest, "validation_failed");
        (await tenant.Backend.PutAsync(Settings, """{"permissions":{"channel":{"member":{"write":false}},"group":null}}""")).Expect(HttpStatusCode.OK);
        var read = (await tenant.Backend.GetAsync(Settings)).Expect(HttpStatusCode.OK)["permissions"];
        Assert.False(read.GetProperty("channel").GetProperty("member").GetProperty("write").GetBoolean());
    }

    [Fact]
    public async Task A_tenants_own_table_counts_on_every_replica_and_over_rest_within_five_seconds()
    {
        await using var replicas = await Replicas.StartAsync();
        var (alice, bob) = (await replicas.ConnectAsync("alice"), await replicas.ConnectAsync("bob", 1));
        var sent = await alice.SendAsync("as by the table");
        Assert.StartsWith("not_allowed: ", await bob.RefusalAsync("PinMessage", "room", sent.MessageId), StringComparison.Ordinal);

        await PutAsync(replicas, new(Group: new(Member: new Dictionary<string, bool> { ["pin"] = true, ["write"] = false, ["changeConversation"] = true })));
        await Eventually.HoldsAsync(async () => await RefusedAsync(() => bob.SendAsync("no more")) ? null : "bob may still write on the other replica", Cancelled);
        await bob.CallAsync<ChangeResult>("PinMessage", "room", sent.MessageId);
        Assert.Single((await replicas.Get<PinService>().ListAsync(replicas.CallerOf("carol"), new("room"), null, null, Cancelled)).Items);
        await replicas.Get<ConversationService>(1).UpdateAsync(replicas.CallerOf("carol"), new("room"), new() { Name = new("Ours") }, Cancelled);

        await PutAsync(replicas, null);
        await Eventually.HoldsAsync(async () => await RefusedAsync(() => bob.SendAsync("again")) ? "bob may not write again" : null, Cancelled);
        Assert.StartsWith("not_allowed: ", await bob.RefusalAsync("UnpinMessage", "room", sent.MessageId), StringComparison.Ordinal);
        Assert.Empty(replicas.Errors);
    }

    private static Task<TenantSettings> PutAsync(Replicas replicas, TenantPermissions? permissions) =>
        replicas.Get<TenantService>().PutSettingsAsync(Replicas.System, new() { Permissions = permissions }, Cancelled);

    private static async Task<bool> RefusedAsync(Func<Task> call)
    {
        try
        {
            await call();
            return false;
        }
        catch (Microsoft.AspNetCore.SignalR.HubException refused)
        {
            Assert.StartsWith("not_allowed: ", refused.Message, StringComparison.Ordinal);
            return true;
        }
    }

    private static string Cell(Roles roles) => string.Join(", ", Enum.GetValues<MemberRole>().Where(role => roles.HasFlag((Roles)(1 << (int)role))).Select(role => role.ToString().ToLowerInvariant()));
}
