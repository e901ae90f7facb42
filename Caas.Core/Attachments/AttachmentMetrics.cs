using System.Diagnostics.Metrics;

namespace Caas.Core.Attachments;

/// <summary>What attachments count, meter <c>Caas.Attachments</c>.</summary>
public sealed class AttachmentMetrics
{
    private readonly Counter<long> _created;
    private readonly Counter<long> _uploads;
    private readonly Counter<long> _bytes;
    private readonly Counter<long> _swept;
    private readonly Histogram<double> _looked;

    public AttachmentMetrics(IMeterFactory meters)
    {
        var meter = meters.Create("Caas.Attachments");
        _created = meter.CreateCounter<long>("caas.attachments.created", "{attachment}", "Places to upload to that were given.");
        _uploads = meter.CreateCounter<long>("caas.attachments.uploads", "{upload}", "Uploads judged, by outcome: ok or the refusal's code.");
        _bytes = meter.CreateCounter<long>("caas.attachments.uploaded", "By", "Bytes of files that were accepted.");
        _swept = meter.CreateCounter<long>("caas.attachments.swept", "{attachment}", "Attachments removed because no message refers to them.");
        _looked = meter.CreateHistogram<double>("caas.attachments.image.duration", "s", "Time to look at an image and make its thumbnail.");
    }

    internal void Created() => _created.Add(1);

    internal void Accepted(long bytes)
    {
        Judged("ok");
        _bytes.Add(bytes);
    }

    internal void Judged(string outcome) => _uploads.Add(1, new KeyValuePair<string, object?>("outcome", outcome));

    internal void Swept() => _swept.Add(1);

    internal void Looked(TimeSpan time) => _looked.Record(time.TotalSeconds);
}
