using Caas.Adapters.Files;
using Caas.Contracts;
using Caas.Core.Attachments;
using Caas.Core.Callers;
using Caas.Core.Refusals;
using Caas.Tests.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Xunit;

namespace Caas.Tests.Attachments;

/// <summary>What an upload leaves behind, and what one place to upload to may cost.</summary>
public sealed class AttachmentIntakeTests : IAsyncLifetime
{
    private readonly Images _images = new();
    private readonly CorePlatform _platform;
    private Caller _alice = null!;

    public AttachmentIntakeTests()
    {
        var folder = Directory.CreateTempSubdirectory("caas-intake-").FullName;
        _platform = new(folder, services =>
        {
            services.AddAttachmentFiles();
            services.AddSingleton<IImages>(_images);
            services.AddSingleton(Options.Create(new AttachmentOptions { Folder = Path.Combine(folder, "files") }));
        });
    }

    private static CancellationToken Cancelled => CorePlatform.Cancelled;

    private AttachmentIntake Intake => _platform.Get<AttachmentIntake>();

    private string[] Incoming => Directory.GetFiles(Path.Combine(_platform.Folder, "files", ".incoming"));

    public async ValueTask InitializeAsync() => _alice = await _platform.UserAsync("alice");

    public async ValueTask DisposeAsync()
    {
        await _platform.DisposeAsync();
        Directory.Delete(_platform.Folder, recursive: true);
    }

    [Fact]
    public async Task A_client_that_goes_away_while_its_upload_is_judged_leaves_nothing_behind()
    {
        var attachment = await PlaceAsync("image/png");
        using var caller = new CancellationTokenSource();
        _images.Looked = caller.Cancel;
        await Intake.ReceiveAsync(attachment, Content(), caller.Token);
        Assert.True(caller.IsCancellationRequested);
        Assert.Equal(AttachmentStatus.Ready, (await FindAsync(attachment)).Status);
        Assert.Empty(Incoming);
    }

    [Fact]
    public async Task Whatever_becomes_of_the_judgement_nothing_stays_behind()
    {
        var attachment = await PlaceAsync("image/png");
        _images.Looked = () => throw new InvalidOperationException("as a library may");
        await Assert.ThrowsAsync<InvalidOperationException>(() => Intake.ReceiveAsync(attachment, Content(), Cancelled));
        Assert.Empty(Incoming);
        Assert.Equal(AttachmentStatus.Pending, (await FindAsync(attachment)).Status);
    }

    [Fact]
    public async Task One_place_takes_two_uploads_at_a_time_and_twenty_a_minute()
    {
        var attachment = await PlaceAsync("text/plain");
        var held = new HeldStream();
        var running = new[] { Intake.ReceiveAsync(attachment, held, Cancelled), Intake.ReceiveAsync(attachment, held, Cancelled) };
        var third = await Assert.ThrowsAsync<RefusedException>(() => Intake.ReceiveAsync(attachment, Content(), Cancelled));
        Assert.Equal((Refusal.RateLimited, true), (third.Refusal, third.RetryAfter > TimeSpan.Zero));
        held.Release();
        foreach (var upload in running)
        {
            Assert.Equal(Refusal.ValidationFailed, (await Assert.ThrowsAsync<RefusedException>(() => upload.WaitAsync(TimeSpan.FromSeconds(30), Cancelled))).Refusal);
        }

        for (var i = 3; i < 20; i++)
        {
            await Assert.ThrowsAsync<RefusedException>(() => Intake.ReceiveAsync(attachment, new MemoryStream(), Cancelled));
        }

        Assert.Equal(Refusal.RateLimited, (await Assert.ThrowsAsync<RefusedException>(() => Intake.ReceiveAsync(attachment, Content(), Cancelled))).Refusal);
        await Intake.ReceiveAsync(await PlaceAsync("image/png"), Content(), Cancelled);
        Assert.Empty(Incoming);
    }

    private static MemoryStream Content() => new([0x89, .. "PNG\r\n"u8, 0x1A, .. "\n"u8]);

    private async Task<StoredAttachment> PlaceAsync(string type)
    {
        var place = await _platform.Get<AttachmentService>().CreateAsync(_alice, new("a", type, Content().Length), new("http://caas.test"), Cancelled);
        return Assert.Single(await _platform.Get<IAttachmentStore>().FindManyAsync(_alice.Tenant, [place.Id], Cancelled));
    }

    private async Task<StoredAttachment> FindAsync(StoredAttachment attachment) => Assert.Single(await _platform.Get<IAttachmentStore>().FindManyAsync(attachment.Tenant, [attachment.Id], Cancelled));

    private sealed class Images : IImages
    {
        public Action Looked { get; set; } = () => { };

        public ImageFound Read(byte[] file, long mostPixels, int thumbnailSide)
        {
            Looked();
            return new(1, 1, [1, 2, 3], "image/png");
        }
    }

    /// <summary>Gives nothing, and that late.</summary>
    private sealed class HeldStream : MemoryStream
    {
        private readonly TaskCompletionSource _released = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public void Release() => _released.SetResult();

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            await _released.Task.WaitAsync(cancellationToken);
            return 0;
        }
    }
}
