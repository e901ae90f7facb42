using System.Net;
using System.Text.Json;
using Caas.Tests.Gateway;
using Xunit;

namespace Caas.Tests.Access;

/// <summary>What is one user's own and is named by an id: whoever else names it finds nothing, and changes nothing of it, be it a colleague, an admin or the rival's user of the same name.</summary>
[Collection<AccessCollection>]
public sealed class OwnThingsTests(TwoTenants world)
{
    private const string Device = "/v1/devices/own-phone";

    private static readonly Who[] Others = [Who.RivalUser, Who.TwinOwner, Who.Stranger, Who.RemovedMember, Who.Reader, Who.Member, Who.Sender, Who.Moderator, Who.TenantAdmin, Who.BackendForMember];

    [Fact]
    public async Task A_reminder_is_nothing_to_anybody_but_its_user()
    {
        var reminder = await world.AddReminderAsync(Who.Owner, TwoTenants.Ours);
        foreach (var who in Others)
        {
            (await AsAsync(who, HttpMethod.Delete, $"/v1/reminders/{reminder}")).ExpectProblem(HttpStatusCode.NotFound, "reminder_not_found");
            Assert.DoesNotContain(reminder, (await AsAsync(who, HttpMethod.Get, "/v1/reminders?limit=200")).Expect(HttpStatusCode.OK).Text, StringComparison.Ordinal);
        }

        Assert.Contains(reminder, (await AsAsync(Who.Owner, HttpMethod.Get, "/v1/reminders?limit=200")).Expect(HttpStatusCode.OK).Text, StringComparison.Ordinal);
        (await AsAsync(Who.Owner, HttpMethod.Delete, $"/v1/reminders/{reminder}")).Expect(HttpStatusCode.NoContent);
    }

    [Fact]
    public async Task A_device_is_its_users_whoever_has_one_of_the_same_name()
    {
        (await AsAsync(Who.Owner, HttpMethod.Put, Device, """{"platform":"fcm","token":"own-token-of-the-owner"}""")).Expect(HttpStatusCode.OK);
        var registered = await OwnAsync(Who.Owner);
        foreach (var who in Others)
        {
            // One that is not there is forgotten all the same.
            (await AsAsync(who, HttpMethod.Delete, Device)).Expect(HttpStatusCode.NoContent);
            Assert.Null(await OwnAsync(who));
            (await AsAsync(who, HttpMethod.Put, Device, $$"""{"platform":"fcm","token":"own-token-of-{{who}}"}""")).Expect(HttpStatusCode.OK);
            (await AsAsync(who, HttpMethod.Delete, Device)).Expect(HttpStatusCode.NoContent);
            Assert.Equal(registered, await OwnAsync(Who.Owner));
        }

        (await AsAsync(Who.Owner, HttpMethod.Delete, Device)).Expect(HttpStatusCode.NoContent);
        Assert.Null(await OwnAsync(Who.Owner));
    }

    /// <summary>The device of that name which a caller has.</summary>
    private async Task<string?> OwnAsync(Who who) =>
        (await AsAsync(who, HttpMethod.Get, "/v1/devices")).Expect(HttpStatusCode.OK).Items.Where(device => device.GetProperty("id").GetString() == Device.Split('/')[^1]).Select(device => (JsonElement?)device).SingleOrDefault()?.GetRawText();

    private async Task<Answer> AsAsync(Who who, HttpMethod method, string path, string? body = null) => await world.Anyone.SendAsync(method, path, body, await world.HeadersAsync(who, null));
}
