using System.Text.Json;
using Caas.Contracts;
using Caas.Core.Callers;
using Caas.Core.Entries;
using Caas.Core.Json;
using Caas.Core.Messages;
using Caas.Core.Tenants;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Caas.Core.LinkPreviews;

/// <summary>Looks at the links of messages after they are stored, and appends what it found as a change of the message: clients see it as they see any other.</summary>
public sealed partial class LinkPreviewer(LinkPreviewQueue queue, ILinkReader reader, MessageWriter writer, IEntryStore entries, LinkPreviewContext context, ILogger<LinkPreviewer> logger) : BackgroundService
{
    /// <summary>Looks at one message's links. Once for each entry that stored a text: the change's client id says which.</summary>
    public async Task PreviewAsync(LinkPreviewWork work, CancellationToken cancellationToken)
    {
        if (await entries.ReadManyAsync(work.Log, [work.MessageSeq], cancellationToken) is not [var found] || !await IsWantedAsync(work.Log.Tenant, cancellationToken))
        {
            return;
        }

        // As it is by now: an edit may have come, and offered itself.
        var message = await writer.FoldAsync(found, cancellationToken);
        var links = message.Message!.DeletedAt is null ? Links.In(message.Message.Text, context.Options.Value.MaxLinks) : [];
        if (links.Count == 0 || links.All(link => message.Message.LinkPreviews?.Any(preview => preview.Url == link) == true))
        {
            return;
        }

        var previews = (await Task.WhenAll(links.Select(link => LookAsync(link, cancellationToken)))).OfType<LinkPreview>().ToArray();
        if (previews.Length > 0)
        {
            var data = JsonSerializer.SerializeToElement(new MessagePreviewedData(message.Id, previews), CoreJsonContext.Default.MessagePreviewedData);
            var id = $"$preview:{message.Id}:{work.ChangeSeq}";
            await writer.ChangeAsync(Caller.Platform(work.Log.Tenant), message, EntryTypes.MessagePreviewed, data, ContentHash.Of(EntryTypes.MessagePreviewed, id, CoreJsonContext.Default.String), id, cancellationToken);
        }
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        Task.WhenAll(Enumerable.Range(0, context.Options.Value.Parallelism).Select(_ => WorkAsync(stoppingToken)));

    private async Task WorkAsync(CancellationToken stoppingToken)
    {
        await Task.Yield();
        try
        {
            while (true)
            {
                var work = await queue.TakeAsync(stoppingToken);
                try
                {
                    await PreviewAsync(work, stoppingToken);
                }
#pragma warning disable CA1031 // A message without previews is whole; whatever keeps them from it must not end the worker.
                catch (Exception exception) when (exception is not OperationCanceledException || !stoppingToken.IsCancellationRequested)
#pragma warning restore CA1031
                {
                    LogFailed(exception, work.Log, work.MessageSeq);
                }
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The host stops.
        }
    }

    private async ValueTask<bool> IsWantedAsync(TenantId tenant, CancellationToken cancellationToken) =>
        await context.Tenants.FindAsync(tenant, cancellationToken) is { Settings.LinkPreviews: not false };

    private async Task<LinkPreview?> LookAsync(string link, CancellationToken cancellationToken)
    {
        var started = context.Clock.GetTimestamp();
        LinkPreview? found = null;
        try
        {
            found = await reader.ReadAsync(link, cancellationToken);
        }
#pragma warning disable CA1031 // Whatever one page does to its reader costs the other links of the message nothing; and anybody can write a link: it is no news.
        catch (Exception exception) when (exception is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
#pragma warning restore CA1031
        {
            LogNothing(exception);
        }

        context.Metrics.Looked(found is not null, context.Clock.GetElapsedTime(started));
        return found;
    }

    [LoggerMessage(9212, LogLevel.Debug, "A link could not be looked at.")]
    private partial void LogNothing(Exception exception);

    [LoggerMessage(9211, LogLevel.Warning, "The links of message {Seq} in {Log} could not be looked at.")]
    private partial void LogFailed(Exception exception, LogId log, long seq);
}

/// <summary>What goes along: settings, tenants, time, counters.</summary>
public sealed record LinkPreviewContext(IOptions<LinkPreviewOptions> Options, TenantDirectory Tenants, TimeProvider Clock, LinkPreviewMetrics Metrics);
