namespace Caas.Core.Attachments;

/// <summary>Looks at images and makes small ones of them.</summary>
public interface IImages
{
    /// <summary>What an image is, and a thumbnail of it, turned as it is meant to be seen (EXIF orientation). Its size is looked at before anything is unpacked.</summary>
    /// <exception cref="RefusedException"><c>validation_failed</c>: it cannot be read, or has more pixels than <paramref name="mostPixels"/>.</exception>
    ImageFound Read(byte[] file, long mostPixels, int thumbnailSide);
}

/// <param name="Thumbnail">Null: none was asked for.</param>
public sealed record ImageFound(int Width, int Height, byte[]? Thumbnail, string? ThumbnailType);

/// <summary>Stands where nobody can look at images: they are files like others.</summary>
internal sealed class NoImages : IImages
{
    public ImageFound Read(byte[] file, long mostPixels, int thumbnailSide) => throw Refusal.ValidationFailed.With("content", "cannot be looked at here");
}
