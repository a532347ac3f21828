using Litre.Core;
using Litre.Data.Chat;
using Litre.Data.Imaging;
using Litre.Data.Samples;
using Litre.Data.Video;

namespace Litre.Server.Answers;

/// <summary>Collects the turns and images of a request. Not thread-safe.</summary>
/// <param name="maximumImages">The number of images that a request may show.</param>
internal sealed class ConversationBuilder(int maximumImages)
{
    private readonly List<Message> _messages = [];
    private readonly List<ImageSource> _images = [];
    private readonly List<VideoSource> _videos = [];
    private readonly List<(Message Result, int Order)> _results = []; // of the calls of the last answer
    private IReadOnlyList<string> _calls = [];
    private int _count; // of images, frames included

    public bool EndsWithAnswer => _results.Count == 0 && _messages is [.., { Role: Role.Assistant }];

    public bool IsEmpty => _messages.Count + _results.Count == 0;

    /// <summary>Adds an image.</summary>
    /// <param name="name">Its place in the request, for messages.</param>
    /// <param name="base64">Its bytes.</param>
    /// <exception cref="InputException">There are too many images, or it is not base64.</exception>
    public ContentPart AddImage(string name, string base64)
    {
        var bytes = new byte[base64.Length / 4 * 3 + 3];
        if (!Convert.TryFromBase64String(base64, bytes, out var count))
            throw new InputException(name, null, "the image is not base64", "encode the bytes of the image file as base64");
        _images.Add(ReadImage(name, bytes[..count]));
        return ContentPart.OfImage(_images.Count - 1);
    }

    /// <summary>Adds an image that is given as a data URL.</summary>
    /// <exception cref="InputException">There are too many images, or it is another URL.</exception>
    public ContentPart AddImage(RequestField url)
    {
        _images.Add(ReadImage(url.Path, DataUrl.Read(url)));
        return ContentPart.OfImage(_images.Count - 1);
    }

    /// <summary>
    /// Adds a video that is given by its frames: a list of data URLs, or vLLM's data URL of JPEG images with commas between them.
    /// </summary>
    /// <exception cref="InputException">There are too many frames, or they are given in another way.</exception>
    public ContentPart AddVideo(RequestField frames, VideoSettings settings)
    {
        var bytes = frames.IsText ? DataUrl.ReadFrames(frames) : frames.Items().Select(DataUrl.Read);
        List<ImageSource> images = [.. bytes.Select((frame, i) => ReadImage($"{frames.Path} frame {i + 1}", frame))];
        _videos.Add(new VideoSource(frames.Path, null, images) { Settings = settings });
        return ContentPart.OfVideo(_videos.Count - 1);
    }

    private ImageSource ReadImage(string name, byte[] bytes)
    {
        if (++_count > maximumImages)
            throw new InputException(name, null, $"a request may show at most {Units.Count(maximumImages, "image")}", "show fewer images");
        return ImageSource.FromBytes(name, bytes);
    }

    /// <summary>Adds a turn of the user or the system.</summary>
    public void Add(Role role, IReadOnlyList<ContentPart> parts)
    {
        AddResults();
        _messages.Add(new Message(role, parts));
    }

    /// <summary>Adds an answer.</summary>
    /// <param name="parts">Its text.</param>
    /// <param name="thought">The thought before it, or null.</param>
    /// <param name="calls">The functions that it calls.</param>
    /// <param name="ids">The IDs of the calls, which results refer to.</param>
    public void AddAnswer(IReadOnlyList<ContentPart> parts, string? thought, IReadOnlyList<ToolCall> calls, IReadOnlyList<string> ids)
    {
        AddResults();
        _messages.Add(new Message(Role.Assistant, parts) { Thought = thought, ToolCalls = calls });
        _calls = ids;
    }

    /// <summary>Adds the result of a call. Templates write no IDs, so results are put into the order of the calls.</summary>
    public void AddResult(string? id, IReadOnlyList<ContentPart> parts)
    {
        var order = id is null ? -1 : _calls.ToList().IndexOf(id);
        _results.Add((new Message(Role.Tool, parts), order < 0 ? int.MaxValue : order));
    }

    /// <summary>The conversation.</summary>
    /// <param name="tools">The functions that its answer may call.</param>
    public Sample ToSample(IReadOnlyList<OfferedTool> tools)
    {
        AddResults();
        List<Message> messages = [.. _messages];
        if (tools.Count > 0)
        {
            if (messages is not [{ Role: Role.System }, ..])
                messages.Insert(0, new Message(Role.System, []));
            messages[0] = messages[0] with { Tools = [.. tools.Select(t => t.Definition)] };
        }
        return new Sample
        {
            Id = "request",
            Origin = new SampleOrigin("request", 1),
            Source = "request",
            Messages = messages,
            Images = [.. _images],
            Videos = [.. _videos],
            References = [],
        };
    }

    private void AddResults()
    {
        _messages.AddRange(_results.OrderBy(r => r.Order).Select(r => r.Result));
        _results.Clear();
    }
}
