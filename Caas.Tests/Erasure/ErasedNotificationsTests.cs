using Caas.Contracts;
using Caas.Core.Erasure;
using Caas.Core.Events;
using Caas.Core.Ids;
using Caas.Core.Notifications;
using Caas.Core.Tenants;
using Caas.Core.Users;
using Caas.Tests.Core;
using Caas.Tests.Notifications;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Caas.Tests.Erasure;

/// <summary>Of an erased user no inbox, push, device, preference or waiting mail is left, and nothing comes back; others keep theirs. Two processes over one store.</summary>
public sealed class ErasedNotificationsTests : IAsyncLifetime
{
    private static readonly TenantId Acme = new("acme");
    private readonly CorePlatform _one = new(configure: Configure);
    private readonly CorePlatform _other;
    private readonly NotifiedLife _life;

    public ErasedNotificationsTests()
    {
        _other = new(_one.Folder, Configure);
        _life = new(_one, Acme);
    }

    private static CancellationToken Cancelled => CorePlatform.Cancelled;

    public async ValueTask InitializeAsync()
    {
        await _one.Get<TenantService>().CreateAsync(new() { Kind = Caas.Core.Callers.CallerKind.Admin }, new("Acme", "acme"), Cancelled);
        await _life.LiveAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _other.DisposeAsync();
        await _one.DisposeAsync();
    }

    [Fact]
    public async Task Inbox_pushes_devices_preferences_and_waiting_mails_go_and_others_keep_theirs()
    {
        Assert.Equal((2, 3), ((await _life.InboxAsync("zelda")).Count, (await _life.DevicesOfAsync("zelda")).Count));
        Assert.Contains(await _life.PushesAsync(), job => job.User.Value == "zelda");
        Assert.Equal(["devices.id", "devices.user"], (await ColumnsAsync("zelda")).Concat(await ColumnsAsync(NotifiedLife.Words)).Where(column => column is "devices.id" or "devices.user").Order());
        Assert.Contains("timed.owner", await ColumnsAsync("zelda"));
        Assert.Contains("notifications.actor", await ColumnsAsync("zelda"));
        Assert.Contains("dead_letters.cloud_event", await ColumnsAsync(NotifiedLife.Words));
        var bobs = (Inbox: await _life.InboxAsync("bob"), Devices: await _life.DevicesOfAsync("bob"), Pushes: await BobsPushesAsync());
        Assert.NotEmpty(bobs.Pushes);

        var erasure = await EraseAsync();
        Assert.Empty(await _life.InboxAsync("zelda"));
        Assert.Empty(await _life.DevicesOfAsync("zelda"));
        Assert.DoesNotContain(await _life.PushesAsync(), job => job.User.Value == "zelda");
        var left = await _other.Get<IUserStore>().FindAnyAsync(Acme, new("zelda"), Cancelled);
        Assert.Equal(NotificationDefaults.Preferences, left!.Notifications);
        Assert.Empty(await _other.Get<IDeadLetterStore>().ListAsync("push", 10, Cancelled));

        // Neither by her id nor by her words, wherever one looks: pushes that were done and mails that wait are among it.
        Assert.Empty((await ColumnsAsync("zelda")).Except(ErasureTests.Kept));
        Assert.Empty(await ColumnsAsync(NotifiedLife.Words));
        Assert.Empty(await DataFolder.FilesWithAsync(_one.Folder, NotifiedLife.Words));

        // His inbox tells the pseudonym, and is otherwise as it was.
        Assert.Equal(bobs.Inbox.Select(row => row with { Actor = row.Actor == "zelda" ? erasure.Pseudonym : row.Actor }), await _life.InboxAsync("bob"));
        Assert.Contains(await _life.InboxAsync("bob"), row => row.Actor == erasure.Pseudonym);
        Assert.DoesNotContain((await _other.Get<NotificationInbox>().ListAsync(_life.As("bob"), null, null, null, Cancelled)).Items, item => $"{item.ActorId} {item.Title} {item.Body}".Contains("zelda", StringComparison.Ordinal));
        Assert.Equal(bobs.Devices, await _life.DevicesOfAsync("bob"));
        Assert.Equal(bobs.Pushes, await BobsPushesAsync());
    }

    [Fact]
    public async Task An_event_that_comes_again_brings_nothing_of_it_back()
    {
        await EraseAsync();
        await _life.NotifyAgainAsync();
        await new NotifiedLife(_other, Acme).NotifyAgainAsync();
        Assert.Empty(await _life.InboxAsync("zelda"));
        Assert.DoesNotContain(await _life.PushesAsync(), job => job.User.Value == "zelda");
        Assert.Empty((await ColumnsAsync("zelda")).Except(ErasureTests.Kept));
    }

    private static void Configure(IServiceCollection services) => services.AddSingleton<IConfiguration>(new ConfigurationBuilder().AddInMemoryCollection([new("Caas:Erasure:Settle", "00:00:00")]).Build());

    private async Task<ErasureResponse> EraseAsync()
    {
        var asked = await _one.Get<UserService>().EraseAsync(CorePlatform.Backend(), "zelda", Cancelled);
        Assert.Equal(0, await _one.Get<ErasureWorker>().RoundAsync(Cancelled));
        Assert.Equal(1, await _other.Get<ErasureWorker>().RoundAsync(Cancelled));
        return asked;
    }

    private async Task<IReadOnlyList<Caas.Core.Push.PushJob>> BobsPushesAsync() => [.. (await _life.PushesAsync()).Where(job => job.User.Value == "bob")];

    private Task<IReadOnlyList<string>> ColumnsAsync(string text) => DataFolder.ColumnsWithAsync(_one.Folder, text, exceptEntries: EntryTypes.UserErased);
}
