using System.Text.Json;
using Caas.Adapters.Files;
using Caas.Contracts;
using Caas.Core.Attachments;
using Caas.Core.Callers;
using Caas.Core.Conversations;
using Caas.Core.Entries;
using Caas.Core.Erasure;
using Caas.Core.Flags;
using Caas.Core.Json;
using Caas.Core.Members;
using Caas.Core.Messages;
using Caas.Core.Tenants;
using Caas.Core.Users;
using Caas.Tests.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Xunit;

namespace Caas.Tests.Erasure;

/// <summary>What others' calls bring back between the two passes, where a user is found who is no member, and whose erasure waits for whose.</summary>
public sealed class SecondPassTests : IAsyncLifetime
{
    private const string Id = BusyLife.Id;

    private static readonly LogId Room = new(new("acme"), "room");

    private readonly CorePlatform _platform;
    private readonly string _folder = Directory.CreateTempSubdirectory("caas-erasure-").FullName;

    public SecondPassTests() => _platform = new(_folder, services =>
    {
        services.AddAttachmentFiles();
        services.AddSingleton(Options.Create(new AttachmentOptions { Folder = Path.Combine(_folder, "files") }));
        services.AddSingleton(Options.Create(new ErasureOptions { Settle = TimeSpan.Zero }));
    });

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        await _platform.Get<TenantService>().CreateAsync(new() { Kind = CallerKind.Admin }, new("Acme", "acme"), Cancelled);
        foreach (var user in BusyLife.Others.Append(Id))
        {
            await _platform.Get<UserService>().UpsertAsync(CorePlatform.Backend(), user, new(user), Cancelled);
        }

        await _platform.Get<ConversationService>().CreateAsync(CorePlatform.Backend(), new(ConversationType.Group, "room", "Room", [Id, "bob", "carol"]), Cancelled);
        await _platform.Get<ConversationService>().CreateAsync(CorePlatform.Backend(), new(ConversationType.Group, "without", "Without her", ["bob", "carol"]), Cancelled);
    }

    public async ValueTask DisposeAsync()
    {
        await _platform.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task What_others_store_about_the_user_after_the_first_pass_goes_with_the_second()
    {
        var old = (await _platform.Get<MessageService>().SendAsync(As("bob"), new("room"), new("Hello"), null, Cancelled)).Message;
        await EraseAsync(Id);
        Assert.Equal(0, await RoundAsync());

        // bob's calls had found her among the members; they are stored now: a message, an edit of one that did not name her, and that she was added once more.
        var said = new MessageState { Text = $"Hello @{Id}", Mentions = [Id], TextMentions = [Id] };
        var edit = JsonSerializer.SerializeToElement(new MessageEditedData(old.Id, said.Content), CoreJsonContext.Default.MessageEditedData);
        await _platform.Get<IEntryStore>().AppendAsync(
            [
                Draft(EntryTypes.MessageCreated, EntryTarget.Message) with { Message = said },
                Draft(EntryTypes.MessageEdited, old.Seq) with { Data = edit },
                Draft(EntryTypes.MemberAdded, EntryTarget.Log) with { Data = JsonSerializer.SerializeToElement(new([Id], MemberRole.Member), CoreJsonContext.Default.MembersAddedData) },
            ],
            Cancelled);
        await _platform.Get<MessageFolder>().FoldAsync(Room, old.Seq, Cancelled);
        Assert.Contains("entries.message", await LeftAsync());

        Assert.Equal(1, await RoundAsync());
        Assert.Equal(["entries.log", "revocations.id", "revocations.user", "users.id", "users.id_folded"], await LeftAsync());
        var members = await _platform.Get<IMemberStore>().ListAsync(new("acme"), new("room"), null, 10, Cancelled);
        Assert.Equal(["bob", "carol"], members.Select(member => member.User.Value));
    }

    [Fact]
    public async Task Who_flagged_as_an_admin_where_she_was_no_member_is_found_nowhere()
    {
        var message = (await _platform.Get<MessageService>().SendAsync(As("bob"), new("without"), new("rude"), null, Cancelled)).Message;
        await _platform.Get<FlagService>().FlagAsync(As(Id) with { IsTenantAdmin = true }, new("without"), message.Id, new($"{BusyLife.Words} because"), Cancelled);
        await _platform.Get<FlagService>().FlagAsync(As("carol"), new("without"), message.Id, new("rude indeed"), Cancelled);
        await EraseAsync(Id);
        Assert.Equal(0, await RoundAsync());
        Assert.Equal(1, await RoundAsync());
        Assert.Empty(await DataFolder.ColumnsWithAsync(_folder, BusyLife.Words));
        Assert.Equal(["entries.log", "revocations.id", "revocations.user", "users.id", "users.id_folded"], await LeftAsync());
        var item = await _platform.Get<ReviewQueue>().GetAsync(CorePlatform.Backend(), message.Id, Cancelled);
        Assert.Equal((2, "rude indeed", "carol"), (item.Count, item.Reasons[0].Reason, item.Reasons[0].UserId));
        Assert.StartsWith("erased-", item.Reasons[1].UserId, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Erasures_of_a_tenant_that_was_deleted_hold_up_nobody_elses()
    {
        var (admin, users) = (new Caller { Kind = CallerKind.Admin }, _platform.Get<UserService>());
        await _platform.Get<TenantService>().CreateAsync(admin, new("Gone", "gone"), Cancelled);
        string[] gone = [.. Enumerable.Range(0, 201).Select(n => $"user{n}")];
        foreach (var some in gone.Chunk(100))
        {
            await users.UpsertManyAsync(CorePlatform.Backend("gone"), new([.. some.Select(id => new BatchUser(id, "User"))]), Cancelled);
        }

        await Task.WhenAll(gone.Select(id => users.EraseAsync(CorePlatform.Backend("gone"), id, Cancelled)));

        await _platform.Get<TenantService>().DeleteAsync(admin, "gone", Cancelled);
        await EraseAsync(Id);
        Assert.Equal(0, await RoundAsync());
        Assert.Equal(1, await RoundAsync());
    }

    private static Caller As(string user) => new() { Kind = CallerKind.User, Tenant = new("acme"), User = new(user) };

    private EntryDraft Draft(string type, long target) => _platform.Get<EntryDrafts>().Create(As("bob"), Room, type, "hash", target, clientId: null);

    private Task<IReadOnlyList<string>> LeftAsync() => DataFolder.ColumnsWithAsync(_folder, Id, exceptEntries: EntryTypes.UserErased);

    private Task<int> RoundAsync() => _platform.Get<ErasureWorker>().RoundAsync(Cancelled);

    private Task<ErasureResponse> EraseAsync(string user) => _platform.Get<UserService>().EraseAsync(CorePlatform.Backend(), user, Cancelled);
}
