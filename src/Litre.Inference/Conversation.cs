using Litre.Core;
using Litre.Data.Chat;
using Litre.Data.Imaging;
using Litre.Data.Samples;
using Litre.Data.Video;

namespace Litre.Inference;

/// <summary>The questions, with images, and answers of a conversation so far. Not thread-safe.</summary>
/// <param name="name">The name of the conversation in messages.</param>
public sealed class Conversation(string name = "question")
{
    private readonly List<Message> _messages = [];
    private readonly List<ImageSource> _images = [];
    private readonly List<VideoSource> _videos = [];

    /// <summary>What the model is told before the first question; null for nothing.</summary>
    public string? System { get; init; }

    public int Turns => _messages.Count;

    /// <summary>Adds a question; its images and videos are before its text.</summary>
    public void AddQuestion(string text, IReadOnlyList<ImageSource> images, IReadOnlyList<VideoSource>? videos = null)
    {
        var parts = new List<ContentPart>();
        foreach (var image in images)
        {
            parts.Add(ContentPart.OfImage(_images.Count));
            _images.Add(image);
        }
        foreach (var video in videos ?? [])
        {
            parts.Add(ContentPart.OfVideo(_videos.Count));
            _videos.Add(video);
        }
        parts.Add(ContentPart.OfText(text));
        _messages.Add(new Message(Role.User, parts));
    }

    /// <summary>Adds the answer to the last question.</summary>
    public void Answer(string text) => _messages.Add(Message.Of(Role.Assistant, text));

    /// <summary>Removes the last question, which could not be answered.</summary>
    public void RemoveLastQuestion()
    {
        var last = _messages[^1];
        var (images, videos) = (last.Parts.Count(p => p.Kind == ContentKind.Image), last.Parts.Count(p => p.Kind == ContentKind.Video));
        _images.RemoveRange(_images.Count - images, images);
        _videos.RemoveRange(_videos.Count - videos, videos);
        _messages.RemoveAt(_messages.Count - 1);
    }

    /// <summary>Removes all questions and answers; the system prompt stays.</summary>
    public void Clear()
    {
        _messages.Clear();
        _images.Clear();
        _videos.Clear();
    }

    /// <summary>The conversation as a sample whose last question is to be answered.</summary>
    public Sample ToSample() =>
        new()
        {
            Id = name,
            Origin = new SampleOrigin(name, 1),
            Source = name,
            Messages = System is null ? [.. _messages] : [Message.Of(Role.System, System), .. _messages],
            Images = [.. _images],
            Videos = [.. _videos],
            References = [],
        };

    /// <summary>An image whose header was checked.</summary>
    /// <param name="path">The file.</param>
    /// <param name="limits">The sizes that are accepted; null for the default limits.</param>
    /// <exception cref="InputException">The file does not exist or is not an image.</exception>
    public static ImageSource Image(string path, ImageLimits? limits = null)
    {
        var image = ImageSource.FromFile(path);
        ImageDecoder.ReadSize(image, limits ?? ImageLimits.Default);
        return image;
    }

    /// <summary>A video from a file, or from a folder of frames in the order of their names.</summary>
    /// <exception cref="InputException">The file or folder does not exist, or contains no images.</exception>
    public static VideoSource Video(string path)
    {
        if (Directory.Exists(path))
        {
            var frames = ImageFolder.Read(path, recurse: false).Images.Select(f => ImageSource.FromFile(Path.Combine(path, f))).ToList();
            if (frames.Count == 0)
                throw new InputException(
                    "video",
                    path,
                    "the folder contains no images",
                    "put the video's frames there as PNG or JPEG files whose names sort in order"
                );
            return new VideoSource(path, null, frames);
        }
        if (!File.Exists(path))
            throw new InputException("video", path, "no such file or folder", "give a video file or a folder of frames");
        return new VideoSource(path, path, []);
    }
}
