/** What the workflow bundle is made of: each workflow type once, by the name that Temporal knows. */
export { archiveWorkflow } from './archive/workflow';
export { deleteFilesWorkflow } from './delete-files/workflow';
export { callbackWorkflow } from './callbacks/workflow';
export { streamKeyWorkflow } from './stream-key/workflow';
export { postFileWorkflow } from './video-post/file-workflow';
export { videoPostWorkflow } from './video-post/workflow';
export { videoRoomWorkflow } from './video-room/workflow';
