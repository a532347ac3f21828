namespace Litre.Data.Formats;

internal sealed partial class RowParser
{
    private static readonly string[] TurnsKeys = RowNames.Conversation;
    private static readonly string[] RoleKeys = ["role", "from"];
    private static readonly string[] ContentKeys = ["content", "value", "text"];
    private static readonly string[] SystemKeys = ["system", "system_prompt"];
    private static readonly string[] ImageKeys = RowNames.Images;
    private static readonly string[] VideoKeys = ["videos", "video", "video_path"];
    private static readonly string[] PartImageKeys = ["image", "image_url", "url", "path", "bytes", "source", "value"];
    private static readonly string[] PartVideoKeys = ["video", "video_url", "url", "path", "value"];
    private static readonly string[] QuestionKeys = RowNames.Question;
    private static readonly string[] AnswerKeys = RowNames.Answer;
    private static readonly string[] ChoiceKeys = ["choices", "options"];
    private static readonly string[] IdKeys = RowNames.Id;
    private static readonly string[] TypeKeys = ["question_type", "questionType", "type", "category"];
    private static readonly string[] SplitKeys = ["split", "data_split"];

    // Flags of a turn, and of a row, that define whether it carries loss.
    private static readonly string[] LossKeys = ["loss", "train", "weight", "loss_weight", "loss_scale", "trainable", "training"];
    private static readonly string[] RowLossKeys = [.. LossKeys, "sample_weight"];
    private static readonly string[] TrainOnPromptKeys = ["train_on_input", "train_on_inputs", "train_on_prompt", "train_on_prompts"];

    private static readonly string[] AudioKeys = ["audios", "audio", "audio_path", "audio_url", "input_audio"];

    private static readonly string[] PreferenceKeys =
    [
        "rejected_response",
        "rejected_messages",
        "rejected_conversations",
        "rejected",
        "rejected_answer",
        "rejected_output",
        "rejected_images",
        "rejected_completion",
        "chosen",
        "chosen_messages",
        "chosen_response",
        "chosen_answer",
        "kto_tag",
    ];
}
