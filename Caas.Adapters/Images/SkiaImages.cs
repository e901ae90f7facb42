using Caas.Core.Attachments;
using Caas.Core.Refusals;
using SkiaSharp;

namespace Caas.Adapters.Images;

/// <summary>Images by Skia. Only the header is read before the number of pixels is known to be bearable; of what can be unpacked smaller (JPEG, WebP) no more is unpacked than the thumbnail needs.</summary>
internal sealed class SkiaImages : IImages
{
    private const int Quality = 80;

    public ImageFound Read(byte[] file, long mostPixels, int thumbnailSide)
    {
        using var data = SKData.CreateCopy(file);
        using var codec = SKCodec.Create(data) ?? throw Unreadable();
        var (stored, origin) = (codec.Info, codec.EncodedOrigin);
        if (stored.Width < 1 || stored.Height < 1)
        {
            throw Unreadable();
        }

        if ((long)stored.Width * stored.Height > mostPixels)
        {
            throw Refusal.ValidationFailed.With("content", $"has more than {mostPixels} pixels");
        }

        var turned = origin is SKEncodedOrigin.LeftTop or SKEncodedOrigin.RightTop or SKEncodedOrigin.RightBottom or SKEncodedOrigin.LeftBottom;
        var (width, height) = turned ? (stored.Height, stored.Width) : (stored.Width, stored.Height);
        // Read to its end whether a thumbnail is wanted or not: a header may promise what does not follow.
        var scale = Math.Min(1f, (float)Math.Max(1, thumbnailSide) / Math.Max(width, height));
        using var unpacked = Unpack(codec, scale);
        if (thumbnailSide == 0)
        {
            return new(width, height, null, null);
        }

        var (thumbnail, type) = Shrink(unpacked, origin, width, height, turned, scale);
        return new(width, height, thumbnail, type);
    }

    private static SKBitmap Unpack(SKCodec codec, float scale)
    {
        var small = codec.GetScaledDimensions(scale);
        var info = new SKImageInfo(small.Width, small.Height, SKColorType.Rgba8888, codec.Info.AlphaType == SKAlphaType.Opaque ? SKAlphaType.Opaque : SKAlphaType.Premul);
        var unpacked = new SKBitmap();
        if (unpacked.TryAllocPixels(info) && codec.GetPixels(info, unpacked.GetPixels()) == SKCodecResult.Success)
        {
            return unpacked;
        }

        unpacked.Dispose();
        throw Unreadable();
    }

    private static (byte[] Bytes, string Type) Shrink(SKBitmap unpacked, SKEncodedOrigin origin, int width, int height, bool turned, float scale)
    {
        var info = unpacked.Info;
        var (outWidth, outHeight) = (Math.Max(1, (int)Math.Round(width * scale)), Math.Max(1, (int)Math.Round(height * scale)));
        var opaque = info.AlphaType == SKAlphaType.Opaque;
        using var target = new SKBitmap(new SKImageInfo(outWidth, outHeight, SKColorType.Rgba8888, info.AlphaType));
        using (var canvas = new SKCanvas(target))
        {
            canvas.Clear(SKColors.Transparent);
            Turn(canvas, origin, outWidth, outHeight);
            var (drawnWidth, drawnHeight) = turned ? (outHeight, outWidth) : (outWidth, outHeight);
            using var image = SKImage.FromBitmap(unpacked);
            canvas.DrawImage(image, new SKRect(0, 0, drawnWidth, drawnHeight), new SKSamplingOptions(SKFilterMode.Linear, SKMipmapMode.Linear));
        }

        using var encoded = target.Encode(opaque ? SKEncodedImageFormat.Jpeg : SKEncodedImageFormat.Png, Quality) ?? throw Unreadable();
        return (encoded.ToArray(), opaque ? "image/jpeg" : "image/png");
    }

    /// <summary>So that what is drawn as it is stored appears as it is meant (EXIF 2.32, 4.6.4 A, Orientation).</summary>
    private static void Turn(SKCanvas canvas, SKEncodedOrigin origin, int width, int height)
    {
        SKMatrix? matrix = origin switch
        {
            SKEncodedOrigin.TopRight => new(-1, 0, width, 0, 1, 0, 0, 0, 1),
            SKEncodedOrigin.BottomRight => new(-1, 0, width, 0, -1, height, 0, 0, 1),
            SKEncodedOrigin.BottomLeft => new(1, 0, 0, 0, -1, height, 0, 0, 1),
            SKEncodedOrigin.LeftTop => new(0, 1, 0, 1, 0, 0, 0, 0, 1),
            SKEncodedOrigin.RightTop => new(0, -1, width, 1, 0, 0, 0, 0, 1),
            SKEncodedOrigin.RightBottom => new(0, -1, width, -1, 0, height, 0, 0, 1),
            SKEncodedOrigin.LeftBottom => new(0, 1, 0, -1, 0, height, 0, 0, 1),
            _ => null,
        };
        if (matrix is { } turn)
        {
            canvas.Concat(turn);
        }
    }

    private static RefusedException Unreadable() => Refusal.ValidationFailed.With("content", "is not an image that can be read");
}
